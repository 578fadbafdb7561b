"""What the local commands say while they work: one line per step, results on stdout, talk on stderr.

It only formats. It knows nothing of AWS, and must stay usable when the output is a file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.status import Status

# No emoji: `:secret:` in an ARN is no picture.
talk = Console(stderr=True, highlight=False, emoji=False)
data = Console(highlight=False, emoji=False)


class LocalError(Exception):
    """Something that stops a local command.

    :param what: what went wrong, with the bad value and the reason.
    :param next_step: what the person can do about it.
    """

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what)
        self.next_step = next_step


@dataclass
class Step:
    """A step under way; `detail` replaces what stands behind its name, `result` is what its final line says."""

    name: str
    status: Status | None = None
    result: str = ""

    def detail(self, text: str) -> None:
        if self.status:
            self.status.update(f"{self.name}  [dim]{text}[/dim]")


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Show that a step runs, then how long it took; say so at once where nothing can be animated.

    :param name: what the step does, in a few words.
    """
    began = time.monotonic()
    if talk.is_terminal:
        with talk.status(name) as status:
            running = Step(name, status)
            yield running
    else:
        talk.print(f"... {name}")
        running = Step(name)
        yield running
    behind = f"  [dim]{running.result}[/dim]" if running.result else ""
    talk.print(f"[green]ok[/green]  {name}{behind}  [dim]{time.monotonic() - began:.1f} s[/dim]")


def complain(error: LocalError) -> None:
    """Show an error with its next step."""
    talk.print(f"[red]error:[/red] {error}", soft_wrap=True)
    talk.print(f"  next: {error.next_step}", soft_wrap=True)
