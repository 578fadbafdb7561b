"""Licences and changelogs: what is written well is read, and what is not says nothing and breaks nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from slipway_proxy.bill.documentation import ENTRIES, History, history, licences
from tests.unit.ami_build.bill import roots


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("License: GPL-2+\n", ("GPL-2.0-or-later",)),
        ("Files: *\nLicense: Expat\n Permission is\n\nLicense: Expat\n\nLicense: zlib\n", ("MIT", "Zlib")),
        ("License: BSD-3-clause or GPL-2\n", ("BSD-3-clause or GPL-2",)),
        ("license:public-domain\n", ("public-domain",)),
        ("License:\n All of it\n", ()),
        ("License: \x1b[2J\x00\n", ("[2J",)),
        ("", ()),
    ],
)
def test_licences_are_those_that_the_file_names(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    assert licences(roots.documentation(tmp_path, "a", copyright_=roots.COPYRIGHT + text)) == expected


@pytest.mark.parametrize("text", ["License: GPL-2\n", "This is free.\nFormat: x\nLicense: GPL-2\n", "\ufffd"])
def test_a_copyright_file_for_people_says_nothing(tmp_path: Path, text: str) -> None:
    assert licences(roots.documentation(tmp_path, "a", copyright_=text)) == ()


def test_a_copyright_file_that_is_no_utf_8_is_read(tmp_path: Path) -> None:
    folder = roots.documentation(tmp_path, "a", copyright_="x")
    (folder / "copyright").write_bytes(roots.COPYRIGHT.encode() + b"Copyright: Andr\xe9\nLicense: ISC\n")

    assert licences(folder) == ("ISC",)


def test_a_changelog_says_when_where_and_what_was_fixed(tmp_path: Path) -> None:
    folder = roots.documentation(tmp_path, "openssl", changelog=roots.OPENSSL_CHANGELOG)

    assert history(folder) == History("2026-11-18", "noble-security", ("CVE-2024-2002", "CVE-2026-1001"))


def test_only_the_newest_entries_count(tmp_path: Path) -> None:
    entries = [f"a ({99 - n}) noble; urgency=low\n\n  * CVE-2026-{1000 + n}\n" for n in range(ENTRIES + 5)]

    fixes = history(roots.documentation(tmp_path, "a", changelog="\n".join(entries))).fixes

    assert fixes == tuple(f"CVE-2026-{1000 + n}" for n in range(ENTRIES))


def test_a_package_of_debian_alone_has_the_changelog_of_another_name(tmp_path: Path) -> None:
    folder = roots.documentation(tmp_path, "apt")
    roots.write(folder, "changelog.gz", gzip.compress(b"apt (3.0) unstable; urgency=medium\n"))

    assert history(folder).suite == "unstable"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not gzip",
        gzip.compress(b"x" * 100_000, mtime=0)[:60],
        gzip.compress(b"Version 3 of 2026\n CVE-2026-1001 is fixed\n", mtime=0),
        gzip.compress(b"\xff\x00" * 1000, mtime=0),
    ],
)
def test_a_changelog_that_is_broken_or_not_debians_says_nothing(tmp_path: Path, content: bytes) -> None:
    folder = roots.documentation(tmp_path, "a")
    roots.write(folder, "changelog.Debian.gz", content)

    assert history(folder) == History()


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Nov 2026 10:00:00 +0000", ""])
def test_a_date_that_is_none_is_left_out(tmp_path: Path, date: str) -> None:
    text = f"a (1) noble; urgency=low\n\n  * x\n\n -- M <m@example.org>  {date}\n"

    assert history(roots.documentation(tmp_path, "a", changelog=text)) == History(suite="noble")
