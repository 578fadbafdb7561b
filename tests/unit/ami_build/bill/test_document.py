"""The document is valid CycloneDX whatever stands in the parts, and the same for the same parts."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import given
from hypothesis import strategies as st

from contract import bills
from contract.bills import Place
from slipway_proxy.bill.document import written
from slipway_proxy.bill.documentation import SPDX
from slipway_proxy.bill.part import Part, line

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)


def part(name: str = "a", **given_: Any) -> Part:
    known = {"kind": "library", "version": "1", "place": Place.SYSTEM}
    return Part(reference=f"system/{name}", name=name, **(known | given_))


def document(*parts: Part, base_image: str | None = None) -> dict[str, Any]:
    """Return the document of these parts, once a validator that is not ours has found nothing wrong with it."""
    text = written(parts, contains=[each.reference for each in parts], base_image=base_image).decode()
    assert VALIDATOR.validate_str(text) is None
    return json.loads(text)


def test_everything_that_is_known_of_a_part_stands_in_its_field() -> None:
    whole = part(
        purl="pkg:deb/debian/a@1",
        supplier="One",
        description="Does it",
        licences=("MIT", "as it pleases you"),
        sha256="0" * 64,
        fixes=("CVE-2026-1001",),
        properties={bills.RELEASED: "2026-11-18"},
        needs=("system/b", "system/absent"),
    )

    made = document(whole, part("b", properties={bills.RELEASED: "2026-11-20"}), base_image="ami-0123")

    assert made["components"][0] == {
        "bom-ref": "system/a",
        "type": "library",
        "name": "a",
        "version": "1",
        "purl": "pkg:deb/debian/a@1",
        "supplier": {"name": "One"},
        "description": "Does it",
        "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "as it pleases you"}}],
        "hashes": [{"alg": "SHA-256", "content": "0" * 64}],
        "pedigree": {"patches": [{"type": "backport", "resolves": [{"type": "security", "id": "CVE-2026-1001"}]}]},
        "properties": [
            {"name": bills.PLACE, "value": "system"},
            {"name": bills.RELEASED, "value": "2026-11-18"},
        ],
    }
    assert made["dependencies"] == [
        {"ref": "image", "dependsOn": ["system/a", "system/b"]},
        {"ref": "system/a", "dependsOn": ["system/b"]},
        {"ref": "system/b", "dependsOn": []},
    ]
    assert made["metadata"]["timestamp"] == "2026-11-20T00:00:00Z"
    assert made["metadata"]["properties"] == [{"name": bills.BASE_IMAGE, "value": "ami-0123"}]


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", {"license": {"id": "MIT"}}),
        ("MIT OR Apache-2.0", {"expression": "MIT OR Apache-2.0"}),
        ("GPL-2.0-only WITH Classpath-exception-2.0", {"expression": "GPL-2.0-only WITH Classpath-exception-2.0"}),
        ("GPL-2+ and BSD", {"license": {"name": "GPL-2+ and BSD"}}),
        ("MIT OR ; rm -rf /", {"license": {"name": "MIT OR ; rm -rf /"}}),
        ("mit", {"license": {"name": "mit"}}),
    ],
)
def test_a_licence_is_an_identifier_an_expression_or_words(licence: str, expected: dict[str, Any]) -> None:
    assert document(part(licences=(licence,)))["components"][0]["licenses"] == [expected]


def test_every_identifier_that_is_used_is_one_of_spdx() -> None:
    document(part(licences=tuple(sorted(set(SPDX.values())))))


def test_the_same_parts_make_the_same_bytes_and_others_another_number() -> None:
    parts = [part(name, needs=("system/a",)) for name in "abcdef"]
    mixed = random.Random(1).sample(parts, len(parts))  # noqa: S311 - no secret, only another order

    assert written(parts, contains=["b", "a"], base_image=None) == written(mixed, contains=["a", "b"], base_image=None)
    assert document(part(version="1"))["serialNumber"] != document(part(version="2"))["serialNumber"]


def test_one_of_several_parts_with_one_reference_counts() -> None:
    assert [each["version"] for each in document(part(version="1"), part(version="2"))["components"]] == ["1"]


TEXT = st.text(max_size=30).map(line)


@given(name=TEXT, version=TEXT, supplier=TEXT, licences=st.lists(TEXT.filter(bool), unique=True), needs=st.lists(TEXT))
def test_no_name_version_or_licence_makes_the_document_invalid(
    name: str, version: str, supplier: str, licences: list[str], needs: list[str]
) -> None:
    document(part(name, version=version, supplier=supplier, licences=tuple(licences), needs=tuple(needs)))
