"""The command about instances: `python -m emulator interrupt`. It only asks a running emulator's control API."""

from __future__ import annotations

import argparse
import sys

from emulator.controlled import Controlled, Parsers

COMMANDS = ("interrupt",)
NOTICE_SECONDS = 120


def add_parsers(commands: Parsers, common: argparse.ArgumentParser) -> None:
    """Add the command to the command line.

    :param common: options that every command has.
    """
    interrupt = commands.add_parser(
        "interrupt", parents=[common], help="take a spot instance back, as EC2 does when it needs the capacity"
    )
    interrupt.add_argument("instance", metavar="INSTANCE", help="id of a running spot instance")
    interrupt.add_argument(
        "--notice", type=float, default=NOTICE_SECONDS, metavar="SECONDS",
        help="time from the notice to its end (default: %(default)s, as on AWS)",
    )  # fmt: skip


def run(options: argparse.Namespace, emulator: Controlled) -> int:
    """Do the command and return the exit status."""
    answer = emulator.control("interrupt-spot", instance_id=options.instance, notice_seconds=options.notice)
    sys.stderr.write(f"{answer['instance_id']} has its notice and is terminated at {answer['terminates_at']}\n")
    return 0
