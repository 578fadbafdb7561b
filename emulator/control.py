"""The control API: what one can do to the embedded AWS that one cannot do to AWS.

It is served beside AWS's own interfaces: `POST /_slipway/<command>` takes a JSON object of arguments, answers with one.
Modules that have something to offer add their commands to a :class:`Control`; this one only carries the calls.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

logger = logging.getLogger("slipway.emulator")
PREFIX = "/_slipway/"
HEADER = "x-slipway-control"
"""A request must carry it: a page in the user's browser cannot add it to a request without asking first."""

Command = Callable[[dict[str, Any]], dict[str, Any]]


class ControlError(Exception):
    """A command is refused; the message says why, what is allowed, and how to mend it."""


class Control:
    """The commands by their names."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def add(self, name: str, command: Command) -> None:
        """Offer a command.

        :param command: gets the arguments, returns the answer, raises :class:`ControlError` to refuse.
        """
        self._commands[name] = command

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """Do one request and return status and answer."""
        if method != "POST" or HEADER not in headers:
            return 405, {"error": f"send POST requests with the header {HEADER}"}
        name = path.removeprefix(PREFIX)
        command = self._commands.get(name)
        if command is None:
            return 404, {"error": f"there is no command {name!r}; there are {', '.join(sorted(self._commands))}"}
        try:
            return 200, command(_arguments(body))
        except ControlError as error:
            return 400, {"error": str(error)}
        except Exception as error:
            logger.exception("the control command %s failed", name)
            return 500, {"error": f"{name} failed ({type(error).__name__}: {error}); the emulator's log says where"}


def _arguments(body: bytes) -> dict[str, Any]:
    try:
        arguments = json.loads(body or b"{}")
    except ValueError as error:
        raise ControlError(f"the arguments are no JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ControlError("the arguments must be a JSON object")
    return arguments
