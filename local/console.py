"""What the local commands say while they work: one line per step, results on stdout, talk on stderr.

It only formats. It knows nothing of AWS, and must stay usable when the output is a file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

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
    """A step under way; `detail` shows what it does just now, `result` is what its final line says."""

    name: str
    progress: Progress | None = None
    result: str = ""

    def detail(self, text: str) -> None:
        if self.progress:
            self.progress.update(self.progress.task_ids[0], detail=text)


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Show that a step runs, then how long it took; say so at once where nothing can be animated.

    :param name: what the step does, in a few words.
    """
    began = time.monotonic()
    running = Step(name)
    outcome = "[red]stopped[/red]"
    try:
        if talk.is_terminal:
            with _moving_line() as running.progress:
                running.progress.add_task(name, detail="")
                yield running
        else:
            talk.print(f"... {name}", soft_wrap=True)
            yield running
        outcome = "[green]ok[/green]"
    finally:
        behind = f"  [dim]{escape(running.result)}[/dim]" if running.result else ""
        talk.print(f"{outcome}  {name}{behind}  [dim]{time.monotonic() - began:.1f} s[/dim]", soft_wrap=True)


def _moving_line() -> Progress:
    """Return one line that is never wider than the terminal: what is cut is the detail."""
    rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}", "dim", markup=False, table_column=rest),
        console=talk,
        transient=True,
        expand=True,
    )


def complain(error: Exception) -> None:
    """Show an error, and the next step if it has one of its own."""
    talk.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
    if isinstance(error, LocalError):
        talk.print(f"  next: {escape(error.next_step)}", soft_wrap=True)
