"""The commands about images: `python -m emulator image-builds` and `image-lifecycle`; they ask the control API."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from emulator.controlled import Controlled, Parsers
from emulator.image_builds.orders import FAILURES

COMMANDS = ("image-builds", "image-lifecycle", "base-image")


def add_parsers(commands: Parsers, common: argparse.ArgumentParser) -> None:
    """Add the commands to the command line.

    :param common: options that every command has.
    """
    builds = commands.add_parser(
        "image-builds", parents=[common], help="say how the next builds of Image Builder go; without options: well"
    )
    builds.add_argument("--step-seconds", type=float, metavar="SECONDS", help="time that each step of a workflow takes")
    failing = builds.add_mutually_exclusive_group()
    failing.add_argument("--fail-at", metavar="STEP", help="step of a workflow or of a component document that fails")
    failing.add_argument("--failure", choices=sorted(FAILURES), help="what fails is not ours, but AWS's")
    builds.add_argument("--fail-in", metavar="REGION", help="region that the image cannot be brought to")
    builds.add_argument("--reason", metavar="TEXT", help="what the failing step says (default: exit status 1)")
    builds.add_argument(
        "--output", metavar="TEXT", help="what the failing step of a document prints, or the last one if none fails"
    )
    builds.add_argument("--hang-at", metavar="STEP", help="step of a workflow that never ends")
    builds.add_argument("--times", type=int, metavar="N", help="number of builds that fail or hang (default: 1)")
    builds.add_argument("--json", action="store_true", help="print JSON")
    lifecycle = commands.add_parser(
        "image-lifecycle", parents=[common], help="run the lifecycle policies of Image Builder, as AWS does once a day"
    )
    lifecycle.add_argument("--json", action="store_true", help="print JSON")
    base = commands.add_parser(
        "base-image", parents=[common], help="publish a newer image of Ubuntu, as Canonical does with security updates"
    )
    base.add_argument("--release", metavar="VERSION", help="of this release only, for example 24.04")
    base.add_argument("--architecture", choices=("amd64", "arm64"), help="for these machines only")
    base.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace, emulator: Controlled) -> int:
    """Do one command and return the exit status."""
    if options.command == "image-builds":
        names = ("step_seconds", "fail_at", "fail_in", "failure", "reason", "output", "hang_at", "times")
        answer = emulator.control("image-builds", **_given(options, names))
        text = _described(answer)
    elif options.command == "base-image":
        answer = emulator.control("base-image", **_given(options, ("release", "architecture")))
        text = "\n".join(f"{image['parameter']}: {image['after']}" for image in answer["images"])
    else:
        answer = emulator.control("image-lifecycle")
        text = "\n".join(f"deleted {arn}" for arn in answer["deleted"]) or "no image is old enough"
    sys.stdout.write((json.dumps(answer, indent=2) if options.json else text) + "\n")
    return 0


def _given(options: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _described(orders: dict[str, Any]) -> str:
    pace = f"{orders['step_seconds']:g} s for each step" if orders["step_seconds"] else "no time"
    fate = " and go well"
    if orders["fail_in"]:
        fate = f"; the next {orders['times']} fail at {orders['fail_at']} in {orders['fail_in']}"
    elif orders["fail_at"]:
        fate = f"; the next {orders['times']} fail at {orders['fail_at']}: {orders['reason']}"
    elif orders["hang_at"]:
        fate = f"; the next {orders['times']} hang at {orders['hang_at']}"
    return f"builds take {pace}{fate}"
