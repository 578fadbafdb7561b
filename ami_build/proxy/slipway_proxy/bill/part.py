"""A part of the image, as every collector returns it. Knows neither files nor the format of the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from contract.bills import Place

_LONGEST_LINE = 1_000


@dataclass(frozen=True)
class Part:
    """One thing that is installed.

    :param reference: what other parts call it; no two parts have the same.
    :param kind: CycloneDX's type of component, such as `library`.
    :param purl: package URL, if there is one for its kind.
    :param supplier: who it comes from.
    :param licences: SPDX identifiers, SPDX expressions, or whatever words its author chose.
    :param sha256: of the archive that it was installed from.
    :param fixes: vulnerabilities that its changelog names as fixed.
    :param properties: what the format has no field for, by the names of :mod:`contract.bills`.
    :param needs: references of the parts that it depends on.
    """

    reference: str
    kind: str
    name: str
    version: str
    place: Place
    purl: str = ""
    supplier: str = ""
    description: str = ""
    licences: tuple[str, ...] = ()
    sha256: str = ""
    fixes: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def package_url(kind: str, *path: str, version: str, **qualifiers: str) -> str:
    """Return a package URL in its canonical form.

    Source: https://github.com/package-url/purl-spec

    :param kind: for example `deb`.
    :param path: namespace and name.
    :param qualifiers: those that are empty are left out.
    """
    where = "/".join(quote(part, safe=":") for part in path)
    given = "&".join(f"{name}={quote(value, safe=':')}" for name, value in sorted(qualifiers.items()) if value)
    return f"pkg:{kind}/{where}@{quote(version, safe=':')}" + (f"?{given}" if given else "")


def read_text(path: Path) -> str:
    """Return a file's text; what is no UTF-8 in it becomes a replacement character, and a missing file no text."""
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def line(text: str) -> str:
    """Return text as one line that any reader can show: nothing that controls a terminal, and not endless."""
    return "".join(character if character.isprintable() else " " for character in text).strip()[:_LONGEST_LINE]
