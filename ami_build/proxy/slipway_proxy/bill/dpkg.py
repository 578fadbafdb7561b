"""Packages of the operating system, as dpkg's own database below a root lists them.

The formats: https://www.debian.org/doc/debian-policy/ch-controlfields.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contract import bills
from contract.bills import Place
from slipway_proxy.bill import documentation
from slipway_proxy.bill.part import Part, line, package_url, read_text

STATUS = "var/lib/dpkg/status"

_GONE = ("not-installed", "config-files")
"""States of packages of which no program is left."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+._-]*")
_SOURCE = re.compile(r"\S+")

type Fields = Mapping[str, str]
"""The fields of one package; of one that runs over lines, the first line only."""


def parts(root: Path, system: Fields) -> list[Part]:
    """Return every package that is installed, in the order of dpkg's database.

    :param root: of the file system.
    :param system: what `os-release` says, see :func:`operating_system`.
    """
    installed = list(_installed(read_text(root / STATUS)))
    references = {id(fields): _reference(fields) for fields in installed}
    providers: dict[str, list[str]] = {}
    for fields in installed:
        for name in (fields["Package"], *(name for choice in _choices(fields, "Provides") for name in choice)):
            providers.setdefault(name, []).append(references[id(fields)])
    return [_part(fields, references[id(fields)], providers, root, system) for fields in installed]


def operating_system(root: Path) -> Fields:
    """Return the fields of `os-release`, such as ID and VERSION_ID, without their quotes."""
    fields = {}
    for text in (read_text(root / "etc/os-release") or read_text(root / "usr/lib/os-release")).splitlines():
        name, equals, value = text.partition("=")
        if equals:
            fields[name.strip()] = line(value.strip().strip("\"'"))
    return fields


def _installed(status: str) -> Iterator[Fields]:
    for paragraph in re.split(r"\n[ \t]*\n", status):
        fields = {}
        for text in paragraph.split("\n"):
            name, colon, value = text.partition(":")
            if colon and not text.startswith((" ", "\t")):
                fields[name] = line(value)
        state = fields.get("Status", "").rpartition(" ")[2]
        # Of another name dpkg makes no package; and this one becomes part of a path.
        is_package = _NAME.fullmatch(fields.get("Package", "")) and fields.get("Version")
        if is_package and state and state not in _GONE:
            yield fields


def _reference(fields: Fields) -> str:
    """Return what is unique for a package: one of the same name may be installed for a second architecture."""
    return f"{Place.SYSTEM}/{fields['Package']}:{fields.get('Architecture', '')}"


def _part(fields: Fields, reference: str, providers: Mapping[str, list[str]], root: Path, system: Fields) -> Part:
    name, version, architecture = fields["Package"], fields["Version"], fields.get("Architecture", "")
    folder = root / "usr/share/doc" / name
    history = documentation.history(folder)
    source = _SOURCE.match(fields.get("Source", ""))
    family = system.get("ID", "debian")
    properties = {
        bills.ARCHITECTURE: architecture,
        bills.SOURCE_PACKAGE: source.group() if source else name,
        bills.RELEASED: history.released,
        bills.SUITE: history.suite,
    }
    return Part(
        reference=reference,
        kind="firmware" if "firmware" in name or name.endswith("-microcode") else "library",
        name=name,
        version=version,
        place=Place.SYSTEM,
        purl=package_url(
            "deb",
            family,
            name,
            version=version,
            arch=architecture,
            distro=f"{family}-{system['VERSION_ID']}" if system.get("VERSION_ID") else "",
        ),
        supplier=fields.get("Maintainer", ""),
        description=fields.get("Description", ""),
        licences=documentation.licences(folder),
        fixes=history.fixes,
        properties={key: value for key, value in properties.items() if value},
        needs=tuple(sorted(set(_needs(fields, providers)) - {reference})),
    )


def _needs(fields: Fields, providers: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield what satisfies each dependency: of alternatives, the first that is installed.

    Versions are not looked at: dpkg has seen to it that those fit.
    """
    for field in ("Pre-Depends", "Depends"):
        for choice in _choices(fields, field):
            yield from next((providers[name] for name in choice if name in providers), [])


def _choices(fields: Fields, field: str) -> Iterable[list[str]]:
    for group in fields.get(field, "").split(","):
        found = (_NAME.match(alternative.strip()) for alternative in group.split("|"))
        yield [match.group() for match in found if match]
