"""The chart of responses over time, in the units of its drawing; how it looks is the matter of the style sheet.

It shows no more than the table below it, which is there for all who cannot see it or want the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambda_src.proxy_management.overview import Figures, Slot

WIDTH = 600
HEIGHT = 160
GAP = 2.0
LEAST_FAILURE = 3.0
"""Height of a single failure, though it be one among thousands: it is what one looks for here."""


@dataclass(frozen=True)
class Block:
    """A part of a bar.

    :param kind: what it counts: `other`, `transformed` or `failed`.
    :param y: of its upper edge, downwards.
    :param is_running: whether its slot goes on, so that more may come.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    is_running: bool


@dataclass(frozen=True)
class Chart:
    """Bars of responses, one for each slot.

    :param highest: responses that the full height stands for.
    """

    blocks: tuple[Block, ...]
    highest: int


def chart_of(series: Sequence[Slot]) -> Chart:
    """Return a chart; slots without responses have no block, and the last slot is the one that is running."""
    highest = max((slot.figures.responses for slot in series), default=0)
    if not highest:
        return Chart((), 0)
    step = WIDTH / len(series)
    width = round(step - GAP, 2)
    blocks: list[Block] = []
    for number, slot in enumerate(series):
        x, floor = round(number * step + GAP / 2, 2), float(HEIGHT)
        for kind, height in _heights(slot.figures, HEIGHT / highest):
            floor -= height
            is_running = number == len(series) - 1
            blocks.append(Block(kind, x, round(floor, 2), width, round(height, 2), is_running))
    return Chart(tuple(blocks), highest)


def _heights(figures: Figures, scale: float) -> list[tuple[str, float]]:
    """Return the parts of a bar from the ground up, those that there are."""
    failed = min(max(figures.failed_open * scale, LEAST_FAILURE), HEIGHT) if figures.failed_open else 0.0
    transformed = min(figures.transformed * scale, HEIGHT - failed)
    # What is left of the bar: counts of different proxies may contradict each other, and a failure may have taken more.
    other = max(0.0, figures.responses * scale - transformed - failed)
    parts = (("transformed", transformed), ("other", other), ("failed", failed))
    return [(kind, height) for kind, height in parts if height > 0]
