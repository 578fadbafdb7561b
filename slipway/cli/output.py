"""Where a command writes: data to standard output, talk to standard error. Nothing else writes to either.

Colours appear on terminals only, and not where `NO_COLOR` is set; lines are never broken, so data can be piped on.
"""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.text import Text

from config.printing import forget, writing


def data(text: str | Text) -> None:
    """Write text, with a line's end after it, to standard output.

    :raises OutputError: if the reader went away, or if there is no room.
    """
    with writing():
        console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
        with console.capture() as rendered:
            console.print(text, soft_wrap=True)
        sys.stdout.write(rendered.get())


def talk(text: str) -> None:
    """Write a line for people to standard error, as far as that is possible."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        forget(sys.stderr.fileno())


def make_safe() -> None:
    """Let no character and no closed stream end a command with a traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for the whole process
        reconfigure = getattr(getattr(sys, name), "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
