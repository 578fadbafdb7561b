"""Read a bill of materials, and find its hash in the log of the build that made it. Fetches nothing.

The document's form: https://cyclonedx.org/docs/1.6/json/ ; what else stands in it, is named in :mod:`contract.bills`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contract import bills
from contract.images import BILL_LOG_LINE
from slipway.domain.bills import Bill, Group, Part
from slipway.domain.errors import SlipwayError

_TOLD = re.compile(re.escape(BILL_LOG_LINE) + r"([0-9a-f]{64})\b")
_SYSTEM = "operating-system"

type Json = Mapping[str, Any]


class BillError(SlipwayError):
    """A bill of materials cannot be used."""


def digest_in(lines: Iterable[str]) -> str | None:
    """Return the hash of the bill that a build says in its log, the last one if it says several."""
    found = [match.group(1) for line in lines for match in _TOLD.finditer(line)]
    return found[-1] if found else None


def digest_of(document: bytes) -> str:
    """Return the hash by which a document is known."""
    return hashlib.sha256(document).hexdigest()


def read(document: bytes, where: str) -> Bill:
    """Return what a document says.

    :param where: the document comes from, for messages.
    :raises BillError: if it is no bill of materials in CycloneDX's JSON.
    """
    try:
        content = json.loads(document)
        if content["bomFormat"] != "CycloneDX":
            raise _no_bill(where, f'its bomFormat is "{_shown(content["bomFormat"])}", not "CycloneDX"')
        components: list[Json] = content.get("components", [])
        return Bill(
            digest=digest_of(document),
            spec_version=_shown(content["specVersion"]),
            system=next((_system(each) for each in components if each["type"] == _SYSTEM), ""),
            base_image=_properties(content.get("metadata", {})).get(bills.BASE_IMAGE, ""),
            parts=tuple(_part(each) for each in components if each["type"] != _SYSTEM),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_bill(where, f"{type(error).__name__}: {error}") from error


def _no_bill(where: str, why: str) -> BillError:
    return BillError(
        "bill-unreadable",
        f"{where} is no bill of materials in the JSON of CycloneDX ({why})",
        "`slipway image bom ENVIRONMENT IMAGE --output FILE` writes one",
    )


def _system(component: Json) -> str:
    return _shown(component.get("description") or f"{component['name']} {component.get('version', '')}".strip())


def _part(component: Json) -> Part:
    properties = _properties(component)
    return Part(
        group=Group.of(properties.get(bills.PLACE, "")),
        name=_shown(component["name"]),
        version=_shown(component.get("version", "")),
        architecture=properties.get(bills.ARCHITECTURE, ""),
        licences=tuple(sorted(_licences(component))),
        released=properties.get(bills.RELEASED, ""),
        suite=properties.get(bills.SUITE, ""),
        fixes=frozenset(_fixes(component)),
        sha256=next(
            (_shown(hash_["content"]) for hash_ in component.get("hashes", []) if hash_["alg"] == "SHA-256"), ""
        ),
    )


def _properties(of: Json) -> dict[str, str]:
    return {_shown(each["name"]): _shown(each.get("value", "")) for each in of.get("properties", [])}


def _licences(component: Json) -> Iterator[str]:
    for choice in component.get("licenses", []):
        licence = choice.get("license", {})
        yield _shown(choice.get("expression") or licence.get("id") or licence["name"])


def _fixes(component: Json) -> Iterator[str]:
    for patch in component.get("pedigree", {}).get("patches", []):
        yield from (_shown(issue["id"]) for issue in patch.get("resolves", []) if issue.get("type") == "security")


def _shown(value: object) -> str:
    """Return a value as text that controls no terminal; a document may come from anywhere."""
    return "".join(character if character.isprintable() else "\ufffd" for character in str(value))
