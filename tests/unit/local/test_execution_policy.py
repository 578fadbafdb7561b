"""The command that writes the policies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from local.execution_policy import main, registry
from local.execution_rights import AssemblyError
from tests.unit.local.test_execution_rights import write


def test_policies_are_written_and_named(tmp_path, capsys):
    folder, output = write(tmp_path / "cdk.out", "AWS::S3::Bucket"), tmp_path / "policies"

    status = main([str(folder), "--account", "123456789012", "--output", str(output)])

    named = capsys.readouterr().out.split()
    assert status == 0
    assert named == [str(path) for path in sorted(output.iterdir())]
    actions = {
        action
        for path in named
        for part in json.loads(Path(path).read_text())["Statement"]
        for action in part["Action"]
    }
    assert "s3:CreateBucket" in actions
    assert not any("REST" in action for action in actions)


def test_nothing_to_read_is_told(tmp_path, capsys):
    status = main([str(tmp_path), "--account", "123456789012", "--output", str(tmp_path / "policies")])

    assert status == 1
    assert "cdk synth" in capsys.readouterr().err


def test_a_missing_set_up_is_told(tmp_path):
    with pytest.raises(AssemblyError, match="make setup"):
        registry(tmp_path)
