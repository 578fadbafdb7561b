"""Archives are unpacked once, whole or not at all, and not for ever."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from emulator.functions.packages import KEEP, PackageError, Packages


def archive(name: str = "index.py", text: str = "A = 1\n", mode: int = 0o644) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        file.writestr(entry, text)
    return content.getvalue()


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path / "packages")


def test_the_same_archive_is_unpacked_once(packages):
    first = packages.unpack(archive())
    (first / "mark").touch()

    assert packages.unpack(archive()) == first
    assert (first / "mark").exists()
    assert (first / "index.py").read_text() == "A = 1\n"


def test_other_content_gets_another_folder(packages):
    assert packages.unpack(archive()) != packages.unpack(archive(text="A = 2\n"))


def test_programs_stay_executable(packages):
    assert os.access(packages.unpack(archive("tool", mode=0o755)) / "tool", os.X_OK)


def test_no_file_gets_outside(packages, tmp_path):
    packages.unpack(archive("../../outside.py"))

    assert not (tmp_path / "outside.py").exists()


def test_what_cannot_be_unpacked_is_said_and_leaves_nothing(packages, tmp_path):
    with pytest.raises(PackageError, match="cannot be unpacked"):
        packages.unpack(b"no archive")

    assert list((tmp_path / "packages").iterdir()) == []


def test_old_archives_go_unless_they_are_used(packages):
    folders = [packages.unpack(archive(text=str(number))) for number in range(KEEP + 2)]

    packages.forget(used={folders[0]})

    assert [folder.exists() for folder in folders[:3]] == [True, False, True]
    assert all(folder.exists() for folder in folders[2:])
