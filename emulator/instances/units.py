"""Read systemd unit files, as far as starting their service needs it. What only restricts a service is left out.

Standard library only: it runs in the machine's process too.
"""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


class UnitError(Exception):
    """A unit file does not say what is needed to start it."""


@dataclass(frozen=True)
class Unit:
    """A service to run.

    :param name: for example `slipway-proxy@1.service`.
    :param command: program and arguments.
    :param environment: variables on top of the machine's.
    :param required_paths: what must exist before it may start.
    :param restart: `no`, `on-failure` or `always`.
    :param restart_seconds: pause before it is started again.
    :param stop_seconds: time to end after being asked to.
    :param is_oneshot: whether it is started only when it has ended.
    :param on_console: whether what it says goes to the console.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    required_paths: tuple[Path, ...]
    restart: str
    restart_seconds: float
    stop_seconds: float
    is_oneshot: bool = False
    on_console: bool = False


@dataclass(frozen=True)
class Places:
    """Where the image's fixed paths stand on this machine.

    :param mapping: from a path on the real instance to the path here.
    """

    mapping: Mapping[str, str]

    def translate(self, text: str) -> str:
        """Return the text with the image's paths replaced."""
        for path, here in self.mapping.items():
            text = text.replace(path, here)
        return text


def template_of(name: str) -> str:
    """Return the file name of the template that a unit is an instance of, or its own name if it is none."""
    prefix, at, rest = name.partition("@")
    return f"{prefix}@.{rest.rpartition('.')[2]}" if at else name


def parse(name: str, text: str, places: Places) -> Unit:
    """Read a unit file.

    :param name: of an instance, if the file is a template.
    :raises UnitError: if it has no `ExecStart`.
    """
    values = _values(text.replace("%i", _instance_of(name)))
    commands = values["Service", "ExecStart"]
    if len(commands) != 1:
        raise UnitError(f"{name} has {len(commands)} ExecStart lines; one is needed")
    return Unit(
        name=name,
        # Split first, so that a place with a space in its path stays one word.
        command=tuple(places.translate(word) for word in shlex.split(commands[0].lstrip("-:+!@"))),
        environment=_environment(values["Service", "Environment"], places),
        required_paths=tuple(Path(places.translate(path)) for path in values["Unit", "AssertPathExists"]),
        restart=_last(values["Service", "Restart"], "no"),
        restart_seconds=seconds(_last(values["Service", "RestartSec"], "100ms")),
        stop_seconds=seconds(_last(values["Service", "TimeoutStopSec"], "90")),
        is_oneshot=_last(values["Service", "Type"], "simple") == "oneshot",
        on_console="console" in _last(values["Service", "StandardOutput"], "journal"),
    )


def _instance_of(name: str) -> str:
    return name.partition("@")[2].rpartition(".")[0]


def seconds(text: str) -> float:
    """Return a systemd time span of one number and at most one unit, in seconds.

    :raises UnitError: if it is something else.
    """
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = text[len(number) :].strip() or "s"
    try:
        return float(number) * _UNITS[unit]
    except (ValueError, KeyError) as error:
        raise UnitError(f"{text!r} is no time span that is understood here, such as 30, 500ms or 2min") from error


def _values(text: str) -> defaultdict[tuple[str, str], list[str]]:
    """Return all values by section and key; unlike other INI files, a key may stand several times."""
    values: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    section = ""
    for line in text.replace("\\\n", " ").splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]")
        elif "=" in stripped and not stripped.startswith(("#", ";")):
            key, _, value = stripped.partition("=")
            values[section, key.strip()].append(value.strip())
    return values


def _environment(lines: list[str], places: Places) -> dict[str, str]:
    words = (word for line in lines for word in shlex.split(line))
    pairs = (word.partition("=") for word in words)
    return {name: places.translate(value) for name, _, value in pairs}


def _last(values: list[str], default: str) -> str:
    return values[-1] if values else default
