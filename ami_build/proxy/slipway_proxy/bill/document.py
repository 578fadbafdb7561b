"""The bill as a CycloneDX document: parts in, bytes out. Reads nothing, and says nothing of the moment it is made at.

The same parts make the same bytes: all is sorted, the serial number comes from the content, and the time is the newest
day in any package's changelog. Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from contract import bills
from contract.versions import APPLICATION
from slipway_proxy.bill.documentation import SPDX
from slipway_proxy.bill.part import Part, line

IMAGE = "image"
"""Reference of the whole, which is what the bill is of."""

_TERM = r"\(*[A-Za-z0-9][A-Za-z0-9.-]*\+?\)*"
_EXPRESSION = re.compile(rf"{_TERM}( (AND|OR|WITH) {_TERM})+")
_IDENTIFIERS = frozenset(SPDX.values()) | {"0BSD", "MIT-0", "MIT-CMU", "Python-2.0", "Unlicense"}

type Json = dict[str, Any]


def written(parts: Iterable[Part], *, contains: Collection[str], base_image: str | None) -> bytes:
    """Return the document.

    :param parts: everything that is installed; of several with one reference, the first counts.
    :param contains: references of the parts that the image consists of, each with what it needs.
    :param base_image: id of the machine image that this one is built on, if that is known.
    """
    every: dict[str, Part] = {}
    for part in parts:
        every.setdefault(part.reference, part)
    ordered = [every[reference] for reference in sorted(every)]
    needs = {IMAGE: contains} | {part.reference: part.needs for part in ordered}
    document: Json = {
        "bomFormat": "CycloneDX",
        "specVersion": bills.SPEC_VERSION,
        "version": 1,
        "metadata": _metadata(ordered, base_image),
        "components": [_component(part) for part in ordered],
        "dependencies": [
            {"ref": reference, "dependsOn": sorted({each for each in needs[reference] if each in every})}
            for reference in sorted(needs)
        ],
    }
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, _encoded(document).decode()).urn
    return _encoded(document)


def _encoded(document: Json) -> bytes:
    # ASCII only, so that no reader can take it for another encoding.
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode("ascii")


def _metadata(parts: Sequence[Part], base_image: str | None) -> Json:
    metadata: Json = {
        "component": {"bom-ref": IMAGE, "type": "container", "name": "slipway-image"},
        "tools": {"components": [{"type": "application", "name": "slipway", "version": APPLICATION}]},
    }
    if newest := max((part.properties.get(bills.RELEASED, "") for part in parts), default=""):
        metadata["timestamp"] = f"{newest}T00:00:00Z"
    if base_image:
        metadata["properties"] = [{"name": bills.BASE_IMAGE, "value": line(base_image)}]
    return metadata


def _component(part: Part) -> Json:
    properties = {**part.properties, bills.PLACE: str(part.place)}
    component: Json = {
        "bom-ref": part.reference,
        "type": part.kind,
        "name": part.name,
        "version": part.version,
        "properties": [{"name": name, "value": value} for name, value in sorted(properties.items())],
    }
    if part.purl:
        component["purl"] = part.purl
    if part.supplier:
        component["supplier"] = {"name": part.supplier}
    if part.description:
        component["description"] = part.description
    if part.licences:
        component["licenses"] = _licences(part.licences)
    if part.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": part.sha256}]
    if part.fixes:
        resolved = [{"type": "security", "id": name} for name in part.fixes]
        component["pedigree"] = {"patches": [{"type": "backport", "resolves": resolved}]}
    return component


def _licences(names: Sequence[str]) -> list[Json]:
    """Return licences as the format wants them: one expression, or a list of identifiers and of words."""
    if len(names) == 1 and _EXPRESSION.fullmatch(names[0]):
        return [{"expression": names[0]}]
    return [{"license": {"id" if name in _IDENTIFIERS else "name": name}} for name in names]
