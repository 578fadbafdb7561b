"""Where a command writes: data to standard output, talk to standard error. Nothing else writes to either.

Colours appear on terminals only, and not where `NO_COLOR` is set; lines are never broken, so data can be piped on.
"""

from __future__ import annotations

import errno
import os
import sys

from rich.console import Console
from rich.text import Text

BROKEN_PIPE = 141
"""Status of a command whose reader went away, as shells have it: 128 and the signal's number."""


class OutputError(Exception):
    """Standard output takes no more.

    :param status: what the process ends with.
    """

    def __init__(self, status: int, message: str = "") -> None:
        self.status = status
        super().__init__(message)


def data(text: str | Text) -> None:
    """Write text, with a line's end after it, to standard output.

    :raises OutputError: if the reader went away, or if there is no room.
    """
    try:
        console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        with console.capture() as rendered:
            console.print(text, soft_wrap=True)
        sys.stdout.write(rendered.get())
        sys.stdout.flush()
    except OSError as error:
        _forget(sys.stdout.fileno())
        if error.errno == errno.EPIPE:
            raise OutputError(BROKEN_PIPE) from error
        raise OutputError(1, f"standard output cannot be written: {error.strerror}") from error


def talk(text: str) -> None:
    """Write a line for people to standard error, as far as that is possible."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        _forget(sys.stderr.fileno())


def make_safe() -> None:
    """Let no character and no closed stream end a command with a traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the whole process
        reconfigure = getattr(getattr(sys, name), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _forget(descriptor: int) -> None:
    """Let what is still in the buffer go nowhere, so that the interpreter's own end does not fail with it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
