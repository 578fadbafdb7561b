"""The commands about load balancers: `python -m emulator {load-balancers,health-checks}`.

They only talk to a running emulator's control API and print; what the words mean is decided there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from emulator.controlled import Controlled, Parsers

COMMANDS = ("load-balancers", "health-checks")
_HURRY = (
    "Until a target is healthy for the first time it is checked at once, again and again; from then on as often as its "
    "target group says, which is every 5 seconds at most. Whoever rehearses a failure need not wait for that."
)


def add_parsers(commands: Parsers, common: argparse.ArgumentParser) -> None:
    """Add these commands to the command line.

    :param common: options that every command has.
    """
    balancers = commands.add_parser(
        "load-balancers", parents=[common], help="say where each network load balancer listens and where it forwards to"
    )
    balancers.add_argument("--json", action="store_true", help="print JSON")
    checks = commands.add_parser(
        "health-checks", parents=[common], help="check targets more often than their groups say", description=_HURRY
    )
    checks.add_argument(
        "--times", type=float, required=True, help="how many times as often, 1 to 100; until the embedded AWS ends"
    )


def run(options: argparse.Namespace, emulator: Controlled) -> int:
    """Run one command and return the exit status.

    :raises emulator.launcher.EmulatorError: if the emulator does not run, or refuses.
    """
    if options.command == "health-checks":
        emulator.control("health-checks", times=options.times)
        return 0
    found = emulator.control("load-balancers")["LoadBalancers"]
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.json else "".join(_lines(found)))
    return 0


def _lines(balancers: list[dict[str, Any]]) -> Iterator[str]:
    if not balancers:
        yield "there is no network load balancer\n"
    for balancer in balancers:
        flows = balancer["ActiveFlows"]
        yield f"{balancer['DNSName']}\n  {flows} {'connection' if flows == 1 else 'connections'}\n"
        for listener in balancer["Listeners"]:
            yield f"  port {listener['Port']} {_place(balancer, listener)}\n"
            yield from (
                f"    {target['Id']} port {target['Port']} {target['State']}\n" for target in listener["Targets"]
            )


def _place(balancer: Mapping[str, Any], listener: Mapping[str, Any]) -> str:
    if listener["LocalPort"] is None:
        return "does not listen (only TCP does)"
    return f"at {balancer['Address']}:{listener['LocalPort']}"
