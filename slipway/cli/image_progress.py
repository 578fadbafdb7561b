"""Show how work on images goes, on standard error: live on a terminal, a line for each event elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from slipway.cli.output import talk
from slipway.engine.images.events import Began, Event, Note, StatusChanged, StepChanged


class Progress:
    """Hears events and shows them; a context, since what is live has to be taken down."""

    def __init__(self) -> None:
        console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        if console.is_terminal:
            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
            self._bar = Bar(*columns, console=console, transient=True)

    def __enter__(self) -> Progress:
        """Take nothing yet: there is something to show when the first event comes."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take down what is live."""
        if self._bar is not None and self._task is not None:
            self._bar.stop()

    @property
    def is_live(self) -> bool:
        """Whether somebody watches: then what is told here is not read later."""
        return self._bar is not None

    def tell(self, event: Event) -> None:
        """Show an event."""
        text = in_words(event)
        if self._bar is None:
            talk(text)
            return
        if self._task is None:
            self._task = self._bar.add_task("", total=None)
            self._bar.start()
        if isinstance(event, StepChanged) and event.status == "RUNNING":
            self._bar.update(self._task, description=f"{event.kind.lower()}: {event.step}")
        else:
            self._bar.console.print(text, soft_wrap=True)


def in_words(event: Event) -> str:
    """Return an event as a line for people."""
    match event:
        case Note(text):
            return text
        case Began(label, arn, typical):
            usual = f"; the last one took {duration(typical)}" if typical is not None else ""
            return f"build {label} ({arn}){usual}"
        case StatusChanged(elapsed, status):
            return f"{clock(elapsed)}  {status.lower()}"
        case StepChanged(elapsed, kind, step, action, status, seconds):
            took = f" in {duration(seconds)}" if seconds is not None else ""
            return f"{clock(elapsed)}    {kind.lower()}: {step} ({action}) {status.lower()}{took}"


def clock(seconds: float) -> str:
    """Return seconds as minutes and seconds, for example `12:07`."""
    return f"{int(seconds) // 60:3}:{int(seconds) % 60:02}"


def duration(seconds: float) -> str:
    """Return how long something took, for people."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
