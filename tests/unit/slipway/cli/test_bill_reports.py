"""Bills and differences in words and as JSON."""

from __future__ import annotations

import json

from contract import bills
from contract.bills import Place
from slipway.cli import bill_reports
from slipway.engine.bills.comparing import compare
from tests.unit.slipway.engine.bills.documents import bill, part

OLD = bill(
    part(Place.APPLICATION, "slipway", "0.1.0+aaaa"),
    part(Place.PROXY, "boto3", "1.9"),
    part(Place.SYSTEM, "openssl", "3.0-1"),
    part(Place.SYSTEM, "telnet", "1"),
)
NEW = bill(
    part(Place.APPLICATION, "slipway", "0.1.0+bbbb"),
    part(Place.PROXY, "boto3", "1.10"),
    part(Place.SYSTEM, "openssl", "3.0-2", suite="noble-security", fixes=tuple(f"CVE-2026-100{n}" for n in range(5))),
    part(Place.SYSTEM, "chrony", "4"),
    base_image="ami-0002",
)


def test_the_differences_are_told_with_what_matters_most_first() -> None:
    assert bill_reports.differences("image 1/1", "image 1/2", compare(OLD, NEW)).plain == (
        "from image 1/1 to image 1/2\n"
        "base image: ami-0001 → ami-0002\n"
        "\n"
        "security updates (1)\n"
        "  upgraded    openssl 3.0-1 → 3.0-2; its changelog names "
        "CVE-2026-1000, CVE-2026-1001, CVE-2026-1002, and 2 more\n"
        "\n"
        "application (1)\n"
        "  changed     slipway 0.1.0+aaaa → 0.1.0+bbbb\n"
        "\n"
        "Python packages of the proxy (1)\n"
        "  upgraded    boto3 1.9 → 1.10\n"
        "\n"
        "system packages (2)\n"
        "  came        chrony 4\n"
        "  went        telnet 1\n"
        "\n"
        "1 came, 1 went, 2 upgraded, 1 changed; the same in both: 0"
    )


def test_two_equal_images_are_told_to_be_equal() -> None:
    text = bill_reports.differences("a", "b", compare(OLD, OLD)).plain

    assert text == "from a to b\nboth are made of the same parts: 4"


def test_programs_get_all_of_it() -> None:
    document = json.loads(bill_reports.differences_as_json("a", "b", compare(OLD, NEW)))

    assert document["equal"] is False
    assert document["old"] == {
        "name": "a",
        "digest": OLD.digest,
        "system": "Ubuntu 24.04.3 LTS",
        "baseImage": "ami-0001",
    }
    assert document["changes"][0] == {
        "kind": "upgraded",
        "group": "system",
        "name": "openssl",
        "from": "3.0-1",
        "to": "3.0-2",
        "oldName": None,
        "architecture": "arm64",
        "security": True,
        "fixes": [f"CVE-2026-100{n}" for n in range(5)],
    }
    assert [(each["from"], each["to"]) for each in document["changes"] if each["kind"] in ("came", "went")] == [
        (None, "4"),
        ("1", None),
    ]


def test_a_part_that_changed_its_name_or_only_its_content_is_told_so() -> None:
    old = bill(part(Place.SYSTEM, "linux-image-6.8.0-1-aws", "1"), part(Place.PROXY, "a", "1", sha256="0" * 64))
    new = bill(part(Place.SYSTEM, "linux-image-6.8.0-2-aws", "2"), part(Place.PROXY, "a", "1", sha256="1" * 64))

    text = bill_reports.differences("a", "b", compare(old, new)).plain

    assert "upgraded    linux-image-6.8.0-1-aws 1 → linux-image-6.8.0-2-aws 2\n" in text
    assert "changed     a 1, the same version with other content\n" in text
    assert json.loads(bill_reports.differences_as_json("a", "b", compare(old, new)))["changes"][1]["oldName"] == (
        "linux-image-6.8.0-1-aws"
    )


def test_a_bill_is_told_in_some_lines() -> None:
    dated = {
        name: part(Place.SYSTEM, name, "1", licences=("GPL-2.0-or-later", "MIT")) for name in ("old", "middle", "new")
    }
    for day, each in enumerate(dated.values(), start=1):
        each.properties[bills.RELEASED] = f"2026-11-0{day}"
    made = bill(part(Place.APPLICATION, "slipway", "0.1.0+aaaa", licences=("MIT",)), *dated.values(),
                part(Place.HEALTH, "fastapi", "1"))  # fmt: skip

    text = bill_reports.summary("1.2.3/1 of blue", made).plain

    assert text.splitlines() == [
        "image 1.2.3/1 of blue",
        f"  bill         CycloneDX 1.6, SHA-256 {made.digest}",
        "  system       Ubuntu 24.04.3 LTS",
        "  base image   ami-0001",
        "  application  slipway 0.1.0+aaaa",
        "  parts        application (1), Python packages of the health application (1), system packages (3)",
        "  newest       new 1 of 2026-11-03, middle 1 of 2026-11-02, old 1 of 2026-11-01",
        "  oldest       old 1 of 2026-11-01, middle 1 of 2026-11-02, new 1 of 2026-11-03",
        "  licences     MIT (4), GPL-2.0-or-later (3); not known of 1",
    ]


def test_the_many_licences_of_an_image_are_cut_short() -> None:
    made = bill(part(Place.PROXY, "a", "1", licences=tuple(f"L{n}" for n in range(10))))

    assert "L7 (1), and 2 others" in bill_reports.summary("x", made).plain
