"""What a package's own documentation says of it: its licences, how old it is, and what it fixes.

Only what a program can read for sure counts: a copyright file that is not in the machine-readable form says nothing.

- https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
- https://www.debian.org/doc/debian-policy/ch-source.html#debian-changelog-debian-changelog
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

from slipway_proxy.bill.part import line, read_text

ENTRIES = 10
"""How many entries of a changelog are read, from the newest on: what Ubuntu leaves in one."""

_LONGEST_CHANGELOG = 2_000_000
_FORMAT = re.compile(r"\s*Format(-Specification)?:", re.IGNORECASE)
_LICENCE = re.compile(r"^License:(.+)$", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"^\S+ \([^)]*\) (?P<suite>[^;\s]+)")
_SIGNATURE = re.compile(r"^ -- .*?>  (?P<date>.+)$")
_VULNERABILITY = re.compile(r"\bCVE-\d{4}-\d{4,}\b")

SPDX = {
    "agpl-3": "AGPL-3.0-only",
    "agpl-3+": "AGPL-3.0-or-later",
    "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "artistic": "Artistic-1.0-Perl",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsl-1.0": "BSL-1.0",
    "cc0-1.0": "CC0-1.0",
    "expat": "MIT",
    "gfdl-1.3+": "GFDL-1.3-or-later",
    "gpl-1+": "GPL-1.0-or-later",
    "gpl-2": "GPL-2.0-only",
    "gpl-2+": "GPL-2.0-or-later",
    "gpl-3": "GPL-3.0-only",
    "gpl-3+": "GPL-3.0-or-later",
    "isc": "ISC",
    "lgpl-2": "LGPL-2.0-only",
    "lgpl-2+": "LGPL-2.0-or-later",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-2.1+": "LGPL-2.1-or-later",
    "lgpl-3": "LGPL-3.0-only",
    "lgpl-3+": "LGPL-3.0-or-later",
    "mpl-1.1": "MPL-1.1",
    "mpl-2.0": "MPL-2.0",
    "psf-2": "PSF-2.0",
    "zlib": "Zlib",
}
"""SPDX's identifiers of Debian's short names, in lower case; those that mean more than one text are not here."""


@dataclass(frozen=True)
class History:
    """What the newest entries of a changelog say.

    :param released: day of the newest one, as 2026-11-21, or nothing.
    :param suite: the archive's suite that it is for, for example `noble-security`, or nothing.
    :param fixes: vulnerabilities that the newest ones name.
    """

    released: str = ""
    suite: str = ""
    fixes: tuple[str, ...] = ()


def licences(folder: Path) -> tuple[str, ...]:
    """Return what a package's documentation folder names as licences, by SPDX's identifiers where there is one."""
    text = read_text(folder / "copyright")
    if not _FORMAT.match(text):
        return ()
    names = (line(found) for found in _LICENCE.findall(text))
    return tuple(sorted({SPDX.get(name.lower(), name) for name in names if name}))


def history(folder: Path) -> History:
    """Return what a package's changelog says; nothing of one that is missing, broken, or not Debian's."""
    released = suite = ""
    fixes: set[str] = set()
    entries = 0
    for text in _changelog(folder).lstrip().splitlines():
        if entry := _ENTRY.match(text):
            entries += 1
            suite = suite or line(entry["suite"])
        elif signature := _SIGNATURE.match(text):
            released = released or _day(signature["date"])
        if not 1 <= entries <= ENTRIES:
            break
        fixes.update(_VULNERABILITY.findall(text))
    return History(released, suite, tuple(sorted(fixes)))


def _changelog(folder: Path) -> str:
    for name in ("changelog.Debian.gz", "changelog.gz"):
        try:
            with gzip.open(folder / name) as opened:
                return opened.read(_LONGEST_CHANGELOG).decode("utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, EOFError, zlib.error):
            break
    return ""


def _day(date: str) -> str:
    try:
        return parsedate_to_datetime(date).astimezone(UTC).date().isoformat()
    except (ValueError, OverflowError):
        return ""
