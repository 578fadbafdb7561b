"""What user data says is kept as it was said."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from slipway_proxy.assignment import Assignment, AssignmentError, directory_from


def test_what_is_kept_can_be_read_by_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "slipway"
    Assignment("/slipway/test", "the 'group'\n").write(folder)
    assert Assignment.read(folder) == Assignment("/slipway/test", "the 'group'\n")
    assert stat.S_IMODE((folder / "instance.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "[]", "null", '{"prefix": "/a/b"}', '{"prefix": "/a/b", "group": "", "x": 1}'])
def test_what_is_something_else_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "instance.json").write_text(text)
    with pytest.raises(AssignmentError, match=r"does not say what this instance is for .*; run slipway-boot"):
        Assignment.read(tmp_path)


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AssignmentError, match=r"cannot write .*instance\.json: "):
        Assignment("/a/b", "").write(tmp_path / "file")


@pytest.mark.parametrize("prefix", ["", "/a", "a/b", "/a/b/", "/a b/c", "/a/b\n"])
def test_a_prefix_has_its_form(prefix: str) -> None:
    with pytest.raises(AssignmentError, match="it must look like /project/environment"):
        Assignment(prefix, "").check()
    Assignment("/slipway/test", "").check()


def test_the_environment_may_name_the_folder() -> None:
    assert directory_from({}) == Path("/etc/slipway")
    assert directory_from({"SLIPWAY_CONFIGURATION_DIRECTORY": "/x"}) == Path("/x")
