"""The commands about load balancers, as people and scripts see them."""

from __future__ import annotations

import argparse
import json
from typing import Any

from emulator.balancer import commands

BALANCER = {
    "LoadBalancerArn": "arn",
    "LoadBalancerName": "proxy",
    "DNSName": "proxy-0123.elb.us-east-1.amazonaws.com",
    "Address": "127.0.78.10",
    "ActiveFlows": 1,
    "Listeners": [
        {"Port": 8080, "LocalPort": 8080, "Targets": [{"Id": "i-1", "Port": 8080, "State": "healthy"}]},
        {"Port": 443, "LocalPort": None, "Targets": []},
    ],
}


class Recorder:
    """Stands for a running emulator."""

    def __init__(self, balancers: list[dict[str, Any]]) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._balancers = balancers

    def control(self, command: str, **arguments: object) -> dict[str, Any]:
        self.asked.append((command, arguments))
        return {"LoadBalancers": self._balancers}


def run(*words: str, balancers: tuple[dict[str, Any], ...] = (BALANCER,)) -> list[tuple[str, dict[str, Any]]]:
    parser = argparse.ArgumentParser()
    commands.add_parsers(parser.add_subparsers(dest="command"), argparse.ArgumentParser(add_help=False))
    emulator = Recorder(list(balancers))
    assert commands.run(parser.parse_args(words), emulator) == 0
    return emulator.asked


def test_each_load_balancer_is_shown_with_where_it_listens_and_forwards_to(capsys) -> None:
    run("load-balancers")

    assert capsys.readouterr().out.splitlines() == [
        "proxy-0123.elb.us-east-1.amazonaws.com",
        "  1 connection",
        "  port 8080 at 127.0.78.10:8080",
        "    i-1 port 8080 healthy",
        "  port 443 does not listen (only TCP does)",
    ]


def test_without_load_balancers_the_answer_says_so(capsys) -> None:
    run("load-balancers", balancers=())

    assert capsys.readouterr().out == "there is no network load balancer\n"


def test_programs_get_json(capsys) -> None:
    run("load-balancers", "--json")

    assert json.loads(capsys.readouterr().out) == [BALANCER]


def test_checks_hurry_as_often_as_asked(capsys) -> None:
    assert run("health-checks", "--times", "20") == [("health-checks", {"times": 20.0})]
    assert capsys.readouterr().out == ""
