"""The commands about images ask the running emulator, and tell what it answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from emulator.__main__ import parse
from emulator.image_builds.commands import run
from emulator.image_builds.orders import Orders

ORDERS = asdict(Orders())


class Asked:
    """Stands for a running emulator."""

    def __init__(self, **changes: object) -> None:
        self.asked: tuple[str, dict[str, object]] | None = None
        self._answer = {**ORDERS, "deleted": [], **changes}

    def control(self, command: str, **arguments: object) -> dict[str, Any]:
        self.asked = (command, arguments)
        return self._answer


@pytest.mark.parametrize(
    ("words", "answer", "arguments", "text"),
    [
        ([], {}, {}, "builds take no time and go well"),
        (
            ["--fail-at", "Install", "--reason", "no space", "--times", "2"],
            {"fail_at": "Install", "reason": "no space", "times": 2},
            {"fail_at": "Install", "reason": "no space", "times": 2},
            "builds take no time; the next 2 fail at Install: no space",
        ),
        (
            ["--step-seconds", "5", "--hang-at", "CreateOutputAMI"],
            {"step_seconds": 5.0, "hang_at": "CreateOutputAMI"},
            {"step_seconds": 5.0, "hang_at": "CreateOutputAMI"},
            "builds take 5 s for each step; the next 1 hang at CreateOutputAMI",
        ),
        (
            ["--fail-in", "eu-west-1"],
            {"fail_at": "DistributeImage", "fail_in": "eu-west-1"},
            {"fail_in": "eu-west-1"},
            "builds take no time; the next 1 fail at DistributeImage in eu-west-1",
        ),
        (
            ["--failure", "agent", "--output", "x"],
            {},
            {"failure": "agent", "output": "x"},
            "builds take no time and go well",
        ),
    ],
)
def test_orders_are_passed_on_and_told(words, answer, arguments, text, capsys):
    emulator = Asked(**answer)

    assert run(parse(["image-builds", *words]), emulator) == 0

    assert emulator.asked == ("image-builds", arguments)
    assert capsys.readouterr().out == f"{text}\n"


@pytest.mark.parametrize(("deleted", "text"), [([], "no image is old enough\n"), (["arn:1"], "deleted arn:1\n")])
def test_lifecycle_tells_what_is_gone(deleted, text, capsys):
    assert run(parse(["image-lifecycle"]), Asked(deleted=deleted)) == 0

    assert capsys.readouterr().out == text


def test_answers_can_be_json(capsys):
    run(parse(["image-lifecycle", "--json"]), Asked(deleted=["arn:1"]))

    assert json.loads(capsys.readouterr().out)["deleted"] == ["arn:1"]


def test_newer_base_images_are_named(capsys):
    image = {"before": "ami-1", "after": "ami-2", "parameter": "/aws/service/one"}
    emulator = Asked(images=[image])

    assert run(parse(["base-image", "--release", "24.04", "--architecture", "arm64"]), emulator) == 0

    assert emulator.asked == ("base-image", {"release": "24.04", "architecture": "arm64"})
    assert capsys.readouterr().out == "/aws/service/one: ami-2\n"
