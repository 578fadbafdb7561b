"""Command line of the embedded AWS: `python -m emulator {start,stop,restart,status,env,faults,clock,…}`.

Data goes to standard output, talk to standard error; an error is one message and a non-zero exit status.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from emulator.balancer import commands as balancing
from emulator.faults import commands as rehearsal
from emulator.image_builds import commands as images
from emulator.instances import commands as instances
from emulator.launcher import Emulator, EmulatorError, describe, export_lines, progress
from emulator.paths import DEFAULT_STATE, state_folder

AREAS = (rehearsal, balancing, instances, images)
"""Modules with commands of their own: `COMMANDS`, `add_parsers` and `run`."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the process with status 2 if it is wrong."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--state", type=state_folder, default=DEFAULT_STATE, help="folder of its state (default: %(default)s)"
    )
    parser = argparse.ArgumentParser(prog="python -m emulator", description="The embedded AWS.")
    commands = parser.add_subparsers(dest="command", required=True)
    iam = argparse.ArgumentParser(add_help=False)
    iam.add_argument(
        "--iam", action=argparse.BooleanOptionalAction, default=None,
        help="enforce policies, or let every call through; remembered for the next start (default at first: --iam)",
    )  # fmt: skip
    commands.add_parser("start", parents=[common, iam], help="start it unless it runs, and wait until it is ready")
    commands.add_parser("stop", parents=[common], help="stop it, its functions and its instances; the state stays")
    commands.add_parser("restart", parents=[common, iam], help="stop and start it")
    status = commands.add_parser("status", parents=[common], help="say whether it runs (exit status 3 if not)")
    status.add_argument("--json", action="store_true", help="print JSON")
    commands.add_parser("env", parents=[common], help='print its environment: eval "$(python -m emulator env)"')
    for area in AREAS:
        area.add_parsers(commands, common)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status."""
    options = parse(arguments)
    emulator = Emulator(options.state, enforce_iam=getattr(options, "iam", None), say=progress)
    try:
        match options.command:
            case "start":
                emulator.start()
            case "stop":
                emulator.stop()
                progress("the embedded AWS is stopped")
            case "restart":
                emulator.stop()
                emulator.start()
            case "status":
                return _status(emulator, options.json)
            case "env":
                return _environment(emulator)
            case name:
                area = next(area for area in AREAS if name in area.COMMANDS)
                status: int = area.run(options, emulator)
                return status
    except EmulatorError as error:
        progress(f"error: {error}")
        return 1
    except OSError as error:
        progress(
            f"error: {error.filename} cannot be used: {error.strerror}\n  next: mend that, or give another --state"
        )
        return 1
    except KeyboardInterrupt:
        progress("\ninterrupted; run the same command again to go on")
        return 130
    return 0


def _environment(emulator: Emulator) -> int:
    if not emulator.is_running():
        progress("error: the embedded AWS does not run\n  next: run 'make up', then this again")
        return 1
    sys.stdout.write(export_lines(emulator.environment()) + "\n")
    return 0


def _status(emulator: Emulator, as_json: bool) -> int:
    facts = describe(emulator)
    if as_json:
        sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    else:
        state = f"running at {facts['endpoint_url']}" if facts["running"] else "not running"
        state += "" if facts["iam_enforced"] else ", without IAM"
        sys.stdout.write(f"the embedded AWS is {state} (state in {facts['state']})\n")
        _complain_of_saving(facts["saving"])
    return 0 if facts["running"] else 3


def _complain_of_saving(saving: object) -> None:
    if isinstance(saving, dict) and not saving["ok"]:
        progress(
            f"warning: its state cannot be saved since {saving['since']}: {saving['reason']}\n"
            "  what was deployed since then is lost if it ends\n  next: make room there; it tries again by itself"
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
