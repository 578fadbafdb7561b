"""The commands of the workflows: their data, their talk, and their errors."""

from __future__ import annotations

import pytest

from ci.__main__ import main


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


@pytest.mark.parametrize("content", [None, "{"])
def test_outputs_that_cannot_be_read_are_an_error(content, tmp_path, capsys):
    if content:
        (tmp_path / "outputs.json").write_text(content)

    assert main(["smoke", "test", "--outputs", str(tmp_path / "outputs.json")]) == 1

    assert "give what `cdk deploy --outputs-file` wrote" in capsys.readouterr().err
