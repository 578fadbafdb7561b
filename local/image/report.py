"""What a build tells people and programs: a line per step as it goes, the last lines of one that fails, and JSON."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict

from rich.markup import escape

from local.console import talk
from local.image.awstoe import Status, StepResult
from local.image.builds import Hearing

SHOWN_LINES = 15
"""How much of what a failed step said last is shown."""

LONGEST_LINE = 500
"""Of a longer one, such as a file on its way out of the machine, the rest tells nothing."""

COLOURS = {Status.SUCCESS: "green", Status.SKIPPED: "dim", Status.IGNORED: "yellow", Status.FAILED: "red"}


class Report:
    """Tells of each step, and keeps what the current one says.

    :param every_line: show all that steps say, and not only when one fails.
    """

    def __init__(self, *, every_line: bool = False) -> None:
        self._every_line = every_line
        self._last: deque[str] = deque(maxlen=SHOWN_LINES)
        self._document = ""
        self.results: list[StepResult] = []

    def hearing(self) -> Hearing:
        """Return what is to be told."""
        return Hearing(self._line, self._begun, self._ended)

    def _line(self, line: str) -> None:
        line = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"
        self._last.append(line)
        if self._every_line:
            talk.print(f"      [dim]{escape(line)}[/dim]", soft_wrap=True)

    def _begun(self, document: str, phase: str, _step: str) -> None:
        self._last.clear()
        if (title := f"{document}, {phase}") != self._document:
            talk.print(title)
            self._document = title

    def _ended(self, result: StepResult) -> None:
        self.results.append(result)
        colour = COLOURS[result.status]
        size = f"{result.grown / 1e6:+.1f} MB" if abs(result.grown) >= 50_000 else ""
        attempts = f" ({result.attempts} attempts)" if result.attempts > 1 else ""
        line = (
            f"  [{colour}]{result.status:8}[/{colour}] {result.step:28} {result.seconds:6.1f} s  {size:>10}{attempts}"
        )
        talk.print(line.rstrip(), soft_wrap=True)
        if result.status is Status.FAILED and not self._every_line:
            for said in self._last:
                talk.print(f"      [dim]{escape(said)}[/dim]", soft_wrap=True)


def as_json(results: Iterable[StepResult], *, image_bytes: int | None, failure: str = "") -> str:
    """Return how it went, for programs: seconds, and bytes by which the disk grew, of each step.

    :param image_bytes: size of the image; None if there is none. :param failure: why there is none.
    """
    steps = [asdict(result) for result in results]
    return json.dumps({"steps": steps, "image_bytes": image_bytes, "failure": failure}, indent=2)
