"""The commands of the workflows: their data, their talk, and their errors."""

from __future__ import annotations

import json

import pytest

from ci.__main__ import environments, main


def test_the_comment_is_written_from_what_the_jobs_left(tmp_path, capsys):
    (tmp_path / "production.skipped").write_text("it has no role\n")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "test.diff").write_text("Stack a\nThere were no differences\n")

    assert main(["comment", str(tmp_path)]) == 0

    written = capsys.readouterr().out
    assert written.index("| test | no difference") < written.index("| production | not compared")


def test_an_empty_folder_is_an_error(tmp_path, capsys):
    assert main(["comment", str(tmp_path)]) == 1

    assert "holds no comparison" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "it cannot be read: No such file or directory"),
        ("{", "it is no JSON: Expecting property name"),
        ("[]", "it holds something else"),
        ('{"a-stack": 1}', "it holds something else"),
    ],
)
def test_outputs_that_cannot_be_read_are_an_error(content, why, tmp_path, capsys):
    if content:
        (tmp_path / "outputs.json").write_text(content)

    assert main(["smoke", "test", "--outputs", str(tmp_path / "outputs.json")]) == 1

    told = capsys.readouterr().err
    assert f"outputs.json: {why}" in told
    assert "give what `cdk deploy --outputs-file outputs.json` wrote" in told


def test_environments_are_those_that_have_a_file_but_the_embedded_one_production_last(tmp_path, capsys):
    for name in ("base", "local", "production", "preview", "test", "zebra"):
        (tmp_path / f"{name}.yaml").touch()
    assert environments(tmp_path) == ["preview", "test", "zebra", "production"]

    assert main(["environments"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["environments", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == lines == environments()
