"""A clock that goes as a test wants, and proxy management as the contract wants it."""

from __future__ import annotations

from contract.statistics import Cell, add_up
from slipway_proxy.statistics import Statistics, minute_name

NOON = 1_795_348_800.0  # 2026-11-22, 12:00 UTC
FIRST, SECOND = "2026-11-22T12:00Z", "2026-11-22T12:01Z"


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


class Receiver:
    """Proxy management as the contract wants it: of each minute the cell with the highest sequence counts.

    `failures` says what goes wrong with each report: an error, or None for nothing.
    """

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = iter(failures)
        self.reports: list[tuple[int, dict[str, Cell], bool]] = []
        self.cells: dict[str, tuple[int, Cell]] = {}

    async def __call__(self, sequence: int, cells: dict[str, Cell], last: bool) -> None:
        if (failure := next(self.failures, None)) is not None:
            raise failure
        self.reports.append((sequence, cells, last))
        self.take(sequence, cells)

    def take(self, sequence: int, cells: dict[str, Cell]) -> None:
        for minute, cell in cells.items():
            if sequence > self.cells.get(minute, (0, Cell()))[0]:
                self.cells[minute] = (sequence, cell)

    @property
    def total(self) -> Cell:
        return add_up(cell for _, cell in self.cells.values())


def cells(statistics: Statistics) -> dict[str, Cell]:
    return {minute_name(minute): cell for minute, (_, cell) in statistics.news().items()}
