"""`slipway image bom` and `compare`: what is printed, written and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from contract.bills import Place
from tests.unit.slipway.cli.commands import Slipway
from tests.unit.slipway.engine.bills.documents import document, part
from tests.unit.slipway.engine.bills.sites import Workshop

OLD = document(part(Place.PROXY, "boto3", "1.9"))
NEW = document(part(Place.PROXY, "boto3", "1.10", description="with \x1b[31m ünicode"))


@pytest.fixture
def images(slipway: Slipway) -> Slipway:
    """The command, on a deployment with two images."""
    workshop = Workshop()
    workshop.add(OLD)
    workshop.add(NEW)
    return replace(slipway, world=replace(slipway.world, image_site=lambda *_: workshop.site))


def test_what_an_image_is_made_of_is_told_in_words(images: Slipway) -> None:
    result = images("image", "bom", "blue")

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("image 1.2.3/2 of blue\n")
    assert "Ubuntu 24.04.3 LTS" in result.out


def test_programs_get_the_document_itself(images: Slipway, tmp_path: Path) -> None:
    printed = images("image", "bom", "blue", "1.2.3/1", "--json")
    written = images("image", "bom", "blue", "1.2.3/1", "--output", str(tmp_path / "bill.cdx.json"))

    assert printed.out.encode() == OLD
    assert (tmp_path / "bill.cdx.json").read_bytes() == OLD
    assert (written.status, written.out) == (0, "")
    assert "is the bill of materials of image 1.2.3/1" in written.err


@pytest.mark.parametrize("arguments", [["blue", "1.2.3/1"], ["blue", "ami-0001", "latest"]])
def test_an_image_is_compared_with_another_or_the_newest(images: Slipway, arguments: list[str]) -> None:
    result = images("image", "compare", *arguments)

    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("from image 1.2.3/1 to image 1.2.3/2\n")
    assert "upgraded    boto3 1.9 → 1.10\n" in result.out


def test_two_files_are_compared_without_a_deployment(slipway: Slipway, tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("old.json", "new.json")]
    for name, content in zip(names, (OLD, NEW), strict=True):
        Path(name).write_bytes(content)

    words = slipway("image", "compare", "--files", *names)
    programs = slipway("image", "compare", "--files", *names, "--json")
    equal = slipway("image", "compare", "--files", names[0], names[0])

    assert [each.status for each in (words, programs, equal)] == [0, 0, 0]
    assert words.out.startswith(f"from {names[0]} to {names[1]}\n")
    assert [each["to"] for each in json.loads(programs.out)["changes"]] == ["1.10"]
    assert "both are made of the same parts: 1" in equal.out


@pytest.mark.parametrize(
    "arguments",
    [[], ["blue"], ["--files", "a"], ["blue", "--files", "a", "b"], ["blue", "1.2.3/1", "--files", "a", "b"]],
)
def test_a_command_line_that_names_no_two_bills_is_wrong(images: Slipway, arguments: list[str]) -> None:
    result = images("image", "compare", *arguments)

    assert (result.status, result.out) == (2, "")
    assert result.err


def test_a_missing_bill_or_file_ends_in_words(images: Slipway, tmp_path: Path) -> None:
    (tmp_path / "no-bill.json").write_text("{}")
    absent, wrong = str(tmp_path / "absent.json"), str(tmp_path / "no-bill.json")

    unknown = images("image", "bom", "blue", "1.2.3/9", "--json")
    gone = images("image", "compare", "--files", absent, absent, "--json")
    broken = images("image", "compare", "--files", wrong, wrong, "--json")

    assert [each.status for each in (unknown, gone, broken)] == [1, 1, 1]
    assert json.loads(unknown.out)["error"]["code"] == "image-unknown"
    assert "absent.json" in gone.err
    assert json.loads(gone.out)["error"]["code"] == "file-unusable"
    assert json.loads(broken.out)["error"]["code"] == "bill-unreadable"
    assert "is no bill of materials in the JSON of CycloneDX" in broken.err
    assert "next: " in broken.err


@pytest.mark.parametrize("command", ["bom", "compare"])
def test_each_command_has_help_with_an_example(slipway: Slipway, command: str) -> None:
    assert f"Example: slipway image {command}" in slipway("image", command, "--help").out
