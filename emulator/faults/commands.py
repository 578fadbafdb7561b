"""The commands about faults and time: `python -m emulator {faults,clock,durations,timeline}`.

They only talk to a running emulator's control API and print; what the words mean is decided there.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.controlled import Controlled, Parsers
from emulator.faults.catalogue import FAULTS
from emulator.faults.durations import DURATIONS, OPERATIONS, OTHERS, PACES, describe
from emulator.faults.reading import EFFECT, OPTIONS, TARGET, WHEN
from emulator.faults.timeline import clock_time, render, spans

COMMANDS = ("faults", "clock", "durations", "timeline")
_WIDTH = 100
_RESTART = "Faults are forgotten when the embedded AWS is stopped or restarted."
_EXAMPLES = """\
examples:
  python -m emulator faults add throttle --service lambda --action CreateFunction --times 2
  python -m emulator faults add deny --service s3 --resource 'arn:aws:s3:::my-bucket/*'
  python -m emulator faults add lost-response --service sqs --action SendMessage --nth 3
  python -m emulator faults add fail-create --type AWS::EC2::NatGateway --message 'Insufficient capacity'
  python -m emulator faults add slow-delete --stack 'my-stack' --resource Group --seconds 30
"""


def add_parsers(commands: Parsers, common: argparse.ArgumentParser) -> None:
    """Add these commands to the command line.

    :param common: options that every command has.
    """
    faults = commands.add_parser(
        "faults", help="have things go wrong on purpose: add, list, remove, clear, names", description=_RESTART
    )
    _add_fault_parsers(faults.add_subparsers(dest="subcommand", required=True), common)
    clock = commands.add_parser("clock", parents=[common], help="show or change the simulated time", description=_CLOCK)
    mode = clock.add_mutually_exclusive_group()
    mode.add_argument("--realistic", action="store_true", help="CloudFormation takes as long as on AWS, on this clock")
    mode.add_argument("--real", action="store_true", help="CloudFormation takes as long as it takes here (the default)")
    clock.add_argument("--speed", metavar="TIMES", help="wait that many times shorter than simulated, or: max")
    clock.add_argument("--pace", choices=PACES, help="column of the table of durations")
    clock.add_argument("--advance", metavar="SECONDS", help="put the clock forward")
    clock.add_argument("--json", action="store_true", help="print JSON")
    durations = commands.add_parser(
        "durations", parents=[common], help="how long AWS takes per resource type, and how we know"
    )
    durations.add_argument("type", nargs="?", default="*", help="resource type, for example 'AWS::EC2::*'")
    durations.add_argument("--json", action="store_true", help="print JSON")
    timeline = commands.add_parser("timeline", parents=[common], help="show a stack's last operation as bars over time")
    timeline.add_argument("stack", help="name of the stack")
    timeline.add_argument("--json", action="store_true", help="print JSON")


_CLOCK = (
    "The simulated clock shows real time until it is told otherwise. Under --realistic each CloudFormation resource "
    "takes its time of the table of durations (see 'durations') on it, and --speed says how much of that is really "
    "waited for. A restart brings the default back."
)


def _add_fault_parsers(actions: Parsers, common: argparse.ArgumentParser) -> None:
    add = actions.add_parser(
        "add",
        parents=[common],
        help="put a fault into force and print its id",
        description=f"Without a choice of calls the fault strikes at all. {_RESTART}",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.add_argument("fault", help="see 'faults names'")
    for title, options in (("which calls", TARGET), ("when", WHEN), ("details", EFFECT)):
        group = add.add_argument_group(title)
        for name, option in options.items():
            group.add_argument(f"--{name}", help=option.help)
    listing = actions.add_parser("list", parents=[common], help="show the faults in force and what they struck")
    listing.add_argument("--json", action="store_true", help="print JSON")
    remove = actions.add_parser("remove", parents=[common], help="take faults away")
    remove.add_argument("ids", nargs="+", metavar="ID", help="as 'faults list' shows it")
    actions.add_parser("clear", parents=[common], help="take all faults away")
    names = actions.add_parser("names", parents=[common], help="explain every fault")
    names.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace, emulator: Controlled) -> int:
    """Run one command and return the exit status.

    :raises emulator.launcher.EmulatorError: if the emulator does not run, or refuses.
    """
    match options.command:
        case "faults":
            _write(_faults(options, emulator))
        case "clock":
            _write(_clock(options, emulator))
        case "durations":
            _write(_durations(options))
        case _:
            _write(_timeline(options, emulator))
    return 0


def _faults(options: argparse.Namespace, emulator: Controlled) -> str:
    match options.subcommand:
        case "add":
            given = {name: value for name in OPTIONS if (value := getattr(options, name)) is not None}
            return f"{emulator.control('faults-add', fault=options.fault, **given)['id']}\n"
        case "list":
            listed = emulator.control("faults-list")["faults"]
            return _json(listed) if options.json else _list(listed)
        case "remove":
            emulator.control("faults-remove", ids=options.ids)
            return ""
        case "clear":
            emulator.control("faults-clear")
            return ""
        case _:
            return _json(_names()) if options.json else _explanations()


def _list(faults: Sequence[Mapping[str, Any]]) -> str:
    if not faults:
        return "no faults are in force\n"
    rows = [("id", "fault", "settings", "hits")]
    for fault in faults:
        settings = " ".join(f"{name}={fault[name]}" for name in OPTIONS if name in fault)
        hits = f"{fault['hits']} of {fault['matching_calls']} calls"
        rows.append((fault["id"], fault["fault"], settings or "every call", hits))
        rows += [
            ("", "", f"  {_when(hit['at'])} {' '.join(filter(None, (hit['call'], hit['on'])))}", "")
            for hit in fault["recent"]
        ]
    return _columns(rows)


def _names() -> list[dict[str, Any]]:
    return [
        {
            "name": fault.name,
            "summary": fault.summary,
            "strikes_at": sorted(fault.moments),
            "settings": [*TARGET, *WHEN, *fault.settings],
            "seconds": fault.seconds,
        }
        for fault in FAULTS
    ]


def _explanations() -> str:
    text = []
    for fault in FAULTS:
        details = ", ".join(f"--{name}" for name in fault.settings)
        usual = f" (usually {fault.seconds:g} s)" if fault.seconds is not None else ""
        said = f"{fault.summary}.{f' Takes {details}{usual}.' if details else ''}"
        text += [fault.name, *textwrap.wrap(said, _WIDTH, initial_indent="    ", subsequent_indent="    ")]
    return "\n".join(text) + "\n"


def _clock(options: argparse.Namespace, emulator: Controlled) -> str:
    change: dict[str, Any] = {
        name: value for name in ("speed", "pace", "advance") if (value := getattr(options, name)) is not None
    }
    if options.realistic or options.real:
        change["realistic"] = options.realistic
    state = emulator.control("clock", **change)
    if options.json:
        return _json(state)
    durations = f"as on AWS ({state['pace']})" if state["realistic"] else "as they are here"
    ahead = clock_time(state["simulated"] - state["real"])
    return (
        f"simulated  {_when(state['simulated'])}  ({ahead} ahead of real time)\n"
        f"real       {_when(state['real'])}\n"
        f"speed      {state['speed']}\n"
        f"durations  {durations}\n"
    )


def _durations(options: argparse.Namespace) -> str:
    facts = describe(options.type)
    if options.json:
        return _json(facts)
    if not facts:
        others = ", ".join(f"{each} {OTHERS.of(each).typical:g} s" for each in OPERATIONS)
        return f"no row is for {options.type!r}; a type without one takes: {others}"
    rows = [("type", *OPERATIONS, "source")]
    for row in facts:
        name = str(row["type"])
        figures = [DURATIONS[name].of(each) for each in OPERATIONS]
        rows.append((name, *(f"{figure.typical:g}-{figure.slow:g} s" for figure in figures), DURATIONS[name].source))
    return _columns(rows)


def _timeline(options: argparse.Namespace, emulator: Controlled) -> str:
    found = spans(emulator.control("timeline", stack=options.stack)["events"])
    return _json([vars(span) for span in found]) if options.json else render(found)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _json(value: Iterable[Any]) -> str:
    return json.dumps(value, indent=2) + "\n"


def _write(text: str) -> None:
    sys.stdout.write(text)
