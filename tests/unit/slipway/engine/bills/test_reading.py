"""What the image writes is what is read, and what is no bill is refused in words."""

from __future__ import annotations

import hashlib
import json

import pytest

from contract import bills
from contract.bills import Place
from contract.images import BILL_LOG_LINE
from slipway.domain.bills import Group, Part
from slipway.engine.bills.reading import BillError, digest_in, read
from tests.unit.slipway.engine.bills import documents

HASH = "0123456789abcdef" * 4
OTHER = "f" * 64


def test_a_bill_says_what_was_written_into_it() -> None:
    written = documents.part(
        Place.SYSTEM, "openssl", "3.0", suite="noble-security", licences=("Apache-2.0",), fixes=("CVE-2026-1001",)
    )
    text = documents.document(written, documents.part(Place.PROXY, "boto3", "1.0", sha256=HASH))

    bill = read(text, "x")

    assert (bill.digest, bill.spec_version) == (hashlib.sha256(text).hexdigest(), bills.SPEC_VERSION)
    assert (bill.system, bill.base_image) == ("Ubuntu 24.04.3 LTS", "ami-0001")
    assert bill.parts == (
        Part(Group.PROXY, "boto3", "1.0", sha256=HASH),
        Part(
            Group.SYSTEM,
            "openssl",
            "3.0",
            architecture="arm64",
            licences=("Apache-2.0",),
            suite="noble-security",
            fixes=frozenset({"CVE-2026-1001"}),
        ),
    )


def test_every_place_in_an_image_has_a_group() -> None:
    assert [Group.of(place) for place in Place] == [Group[place.name] for place in Place]
    assert Group.of("elsewhere") is Group.OTHER


def test_a_bill_of_somebody_else_is_read_as_far_as_it_goes() -> None:
    components = [
        {"type": "library", "name": "zlib", "licenses": [{"expression": "Zlib OR MIT"}]},
        {"type": "operating-system", "name": "alpine"},
    ]
    text = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components})

    bill = read(text.encode(), "x")

    assert bill.parts == (Part(Group.OTHER, "zlib", "", licences=("Zlib OR MIT",)),)
    assert (bill.system, bill.base_image) == ("alpine", "")


def test_nothing_in_a_bill_controls_a_terminal() -> None:
    components = [{"type": "library", "name": "a\x1b[2J\u202e\n", "version": ["\x07"]}]
    text = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6\r", "components": components})

    bill = read(text.encode(), "x")

    assert (bill.spec_version, bill.parts[0].name) == ("1.6\ufffd", "a\ufffd[2J\ufffd\ufffd")
    assert bill.parts[0].version.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"3",
        b"{}",
        b'{"bomFormat": "SPDX"}',
        b'{"bomFormat": "CycloneDX"}',
        b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}',
        b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [3]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_bill_is_refused_with_where_it_comes_from(text: bytes) -> None:
    with pytest.raises(BillError, match=r"old\.json is no bill of materials in the JSON of CycloneDX") as caught:
        read(text, "old.json")

    assert "slipway image bom" in caught.value.next_step


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        ([f"CmdExecution: Stdout: {BILL_LOG_LINE}{HASH}"], HASH),
        ([f"{BILL_LOG_LINE}{HASH}", "more", f"{BILL_LOG_LINE}{OTHER}", "more"], OTHER),
        ([f'echo "{BILL_LOG_LINE}{{{{ build.WriteBill.outputs.stdout }}}}"'], None),
        ([f"{BILL_LOG_LINE}{HASH[:-1]}", f"{BILL_LOG_LINE}{HASH}0", BILL_LOG_LINE], None),
    ],
)
def test_the_hash_is_found_in_a_log(lines: list[str], expected: str | None) -> None:
    assert digest_in(lines) == expected
