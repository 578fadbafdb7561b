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
    told = capsys.readouterr().err
    assert "manifest.json: No such file or directory" in told
    assert "cdk synth" in told
    assert "Errno" not in told


@pytest.mark.parametrize("account", ["12", "12345678901a", "arn:aws:iam::123456789012:root", "1234567890123"])
def test_what_is_no_account_is_refused(account, tmp_path, capsys):
    folder = write(tmp_path / "cdk.out", "AWS::S3::Bucket")

    with pytest.raises(SystemExit, match="2"):
        main([str(folder), "--account", account, "--output", str(tmp_path / "policies")])

    assert "it has twelve digits" in capsys.readouterr().err
    assert not (tmp_path / "policies").exists()


def test_no_policy_of_an_earlier_run_stays(tmp_path, capsys):
    """`policies/*.json` is handed to IAM as a whole."""
    folder, output = write(tmp_path / "cdk.out", "AWS::S3::Bucket"), tmp_path / "policies"
    output.mkdir()
    for name in ("policy-1.json", "policy-9.json", "notes.txt"):
        (output / name).write_text("of an earlier run")

    assert main([str(folder), "--account", "123456789012", "--output", str(output)]) == 0

    named = [Path(path).name for path in capsys.readouterr().out.split()]
    assert sorted(path.name for path in output.iterdir()) == ["notes.txt", *named]
    assert "policy-9.json" not in named


def test_a_folder_that_cannot_be_written_is_told(tmp_path, capsys):
    folder = write(tmp_path / "cdk.out", "AWS::S3::Bucket")
    (tmp_path / "taken").write_text("a file")

    assert main([str(folder), "--account", "123456789012", "--output", str(tmp_path / "taken")]) == 1

    assert "taken: File exists; name a folder that can be written" in capsys.readouterr().err


def test_a_missing_set_up_is_told(tmp_path):
    with pytest.raises(AssemblyError, match="make setup"):
        registry(tmp_path)
