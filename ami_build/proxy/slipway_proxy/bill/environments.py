"""Python distributions of a virtual environment, as their own metadata describes them. Imports none of them.

The formats: https://packaging.python.org/en/latest/specifications/core-metadata/ and, of what pip reports,
https://pip.pypa.io/en/stable/reference/installation-report/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from contract.bills import Place
from slipway_proxy.bill.part import Part, line, package_url, read_text

REPORT = "installed.json"
"""Pip's report of what it installed, in the environment's folder: it has the hash of each archive, which pip compared
with the lock's. Without it the bill has no hashes, since a lock has those of all the archives that would have done."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_CLASSIFIER = "License :: "
_LONGEST_LICENCE = 100
"""A longer text in the field for the licence's name is the licence itself."""


def parts(environment: Path, place: Place) -> list[Part]:
    """Return the distributions of an environment.

    :param environment: its folder.
    """
    found: dict[str, Message] = {}
    for path in sorted(environment.glob("lib/python*/site-packages/*.dist-info/METADATA")):
        # Not by importlib.metadata, which ends with an error where the text is no UTF-8.
        metadata = HeaderParser().parsestr(read_text(path))
        if name := _normal(line(metadata.get("Name") or "")):
            found.setdefault(name, metadata)
    hashes = _hashes(read_text(environment / REPORT))
    return [_part(name, found, hashes, place) for name in sorted(found)]


def roots(environment: list[Part]) -> tuple[str, ...]:
    """Return references of those that no other one of the environment needs."""
    needed = {reference for part in environment for reference in part.needs}
    return tuple(part.reference for part in environment if part.reference not in needed)


def _part(name: str, found: Mapping[str, Message], hashes: Mapping[tuple[str, str], str], place: Place) -> Part:
    metadata = found[name]
    version = line(metadata.get("Version") or "")
    author = metadata.get("Author") or metadata.get("Author-email") or metadata.get("Maintainer-email") or ""
    return Part(
        reference=f"{place}/{name}",
        kind="library",
        name=name,
        version=version,
        place=place,
        purl=package_url("pypi", name, version=version),
        supplier=line(author),
        description=line(metadata.get("Summary") or ""),
        licences=_licences(metadata),
        sha256=hashes.get((name, version), ""),
        needs=tuple(sorted({f"{place}/{other}" for other in _needs(metadata) if other in found and other != name})),
    )


def _licences(metadata: Message) -> tuple[str, ...]:
    """Return the licence in the newest of the three ways to write it that is there."""
    for field in ("License-Expression", "License"):
        text = (metadata.get(field) or "").strip()
        if text and "\n" not in text and len(text) <= _LONGEST_LICENCE and text.upper() != "UNKNOWN":
            return (line(text),)
    classifiers = metadata.get_all("Classifier") or []
    return tuple(sorted({line(text.rpartition("::")[2]) for text in classifiers if text.startswith(_CLASSIFIER)}))


def _needs(metadata: Message) -> Iterator[str]:
    """Yield names of requirements, without those of extras; that they are installed tells which of the others apply."""
    for requirement in metadata.get_all("Requires-Dist") or []:
        wanted, _, marker = requirement.partition(";")
        name = _NAME.match(wanted.strip())
        if name and "extra" not in marker:
            yield _normal(name.group())


def _hashes(report: str) -> Mapping[tuple[str, str], str]:
    """Return SHA-256 by name and version; nothing of a report that is missing or has another form."""
    hashes = {}
    try:
        for each in json.loads(report)["install"]:
            digest = each["download_info"]["archive_info"]["hashes"]["sha256"]
            if _SHA256.fullmatch(digest):
                hashes[_normal(each["metadata"]["name"]), each["metadata"]["version"]] = digest
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return hashes


def _normal(name: str) -> str:
    """Return a distribution's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()
