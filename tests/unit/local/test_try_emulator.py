"""A trial works on a copy, with the one requirement changed that is tried."""

from __future__ import annotations

from pathlib import Path

from local.try_emulator import PIN, ROOT, copy_project, requirements


def test_only_the_emulator_and_what_has_to_follow_it_change() -> None:
    text = "# comment\nministack==1.5.33\nboto3==1.43.106\ncfn-lint==1.58.0\n"

    assert requirements(text, "1.6.0") == "# comment\nministack==1.6.0\nboto3\ncfn-lint==1.58.0\n"


def test_the_pin_is_found_in_our_requirements() -> None:
    assert PIN.search((ROOT / "emulator" / "requirements.in").read_text())


def test_the_copy_has_the_sources_and_leads_to_the_environments(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "emulator" / "__pycache__").mkdir(parents=True)
    (source / "emulator" / "server.py").write_text("A = 1\n")
    (source / ".slipway" / "emulator").mkdir(parents=True)

    copy_project(source, tmp_path / "copy")

    assert (tmp_path / "copy" / "emulator" / "server.py").read_text() == "A = 1\n"
    assert not (tmp_path / "copy" / "emulator" / "__pycache__").exists()
    assert not (tmp_path / "copy" / ".slipway" / "emulator").exists()
    assert (tmp_path / "copy" / ".venv").readlink() == source / ".venv"
