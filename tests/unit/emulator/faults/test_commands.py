"""The commands about faults and time, as people and scripts see them."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

from emulator.faults import commands
from emulator.faults.catalogue import FAULTS

ANSWERS: dict[str, dict[str, Any]] = {
    "faults-add": {"id": "f1"},
    "faults-list": {
        "faults": [
            {
                "id": "f1", "fault": "throttle", "service": "lambda", "times": 2, "hits": 1, "matching_calls": 3,
                "recent": [{"at": 0, "call": "lambda:Invoke", "on": "render", "stack": ""}],
            }
        ]
    },
    "faults-remove": {},
    "faults-clear": {},
    "clock": {"simulated": 3600.0, "real": 0.0, "speed": "max", "realistic": True, "pace": "slow"},
    "timeline": {"events": []},
}  # fmt: skip


class Recorder:
    """Stands for a running emulator."""

    def __init__(self, answers: dict[str, dict[str, Any]] | None = None) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = {**ANSWERS, **(answers or {})}

    def control(self, command: str, **arguments: object) -> dict[str, Any]:
        self.asked.append((command, arguments))
        return self._answers[command]


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands.add_parsers(parser.add_subparsers(dest="command"), argparse.ArgumentParser(add_help=False))
    return parser.parse_args(words)


def run(*words: str, answers: dict[str, dict[str, Any]] | None = None) -> list[tuple[str, dict[str, Any]]]:
    emulator = Recorder(answers)
    assert commands.run(parse(*words), emulator) == 0
    return emulator.asked


def test_a_fault_is_added_and_its_id_is_all_that_is_printed(capsys) -> None:
    asked = run("faults", "add", "throttle", "--service", "lambda", "--action", "CreateFunction", "--times", "2")

    assert asked == [
        ("faults-add", {"fault": "throttle", "service": "lambda", "action": "CreateFunction", "times": "2"})
    ]
    assert capsys.readouterr().out == "f1\n"


def test_the_list_shows_what_was_struck(capsys) -> None:
    run("faults", "list")

    assert capsys.readouterr().out.splitlines() == [
        "id  fault     settings                                        hits",
        "f1  throttle  service=lambda times=2                          1 of 3 calls",
        "                1970-01-01 00:00:00 UTC lambda:Invoke render",
    ]


def test_an_empty_list_says_so(capsys) -> None:
    run("faults", "list", answers={"faults-list": {"faults": []}})

    assert capsys.readouterr().out == "no faults are in force\n"


def test_faults_are_taken_away() -> None:
    assert run("faults", "remove", "f1", "f2") == [("faults-remove", {"ids": ["f1", "f2"]})]
    assert run("faults", "clear") == [("faults-clear", {})]


def test_every_fault_is_explained_without_an_emulator(capsys) -> None:
    assert run("faults", "names") == []

    said = capsys.readouterr().out
    assert [fault.name for fault in FAULTS if f"{fault.name}\n" not in said] == []


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], {}),
        (["--realistic", "--speed", "max"], {"realistic": True, "speed": "max"}),
        (["--real"], {"realistic": False}),
        (["--pace", "slow", "--advance", "3600"], {"pace": "slow", "advance": "3600"}),
    ],
)
def test_the_clock_is_asked_only_for_what_was_said(words: list[str], asked: dict[str, Any], capsys) -> None:
    assert run("clock", *words) == [("clock", asked)]
    assert "1:00:00 h ahead of real time" in capsys.readouterr().out


def test_the_table_of_durations_with_its_sources(capsys) -> None:
    assert run("durations", "AWS::EC2::Nat*") == []

    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["type", "create", "update", "delete", "source"]
    assert row.startswith("AWS::EC2::NatGateway  110-240 s")


def test_a_type_without_a_row_takes_as_long_as_all_others(capsys) -> None:
    assert run("durations", "bogus") == []

    assert "no row is for 'bogus'; a type without one takes: create 5 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["faults", "list"], ["faults", "names"], ["clock"], ["durations"], ["timeline", "web"]]
)
def test_every_read_can_be_json(words: list[str], capsys) -> None:
    run(*words, "--json")

    json.loads(capsys.readouterr().out)


def test_a_stack_without_events(capsys) -> None:
    run("timeline", "web")

    assert capsys.readouterr().out == "no operation on this stack so far\n"


def test_the_help_of_adding_shows_examples_and_says_that_a_restart_forgets(capsys) -> None:
    with pytest.raises(SystemExit):
        parse("faults", "add", "--help")

    said = capsys.readouterr().out
    assert "faults add lost-response" in said
    assert "forgotten when the embedded AWS is stopped or restarted" in said
