"""The chart of responses over time, in the units of its drawing; how it looks is the matter of the style sheet.

It shows no more than the table below it, which is there for all who cannot see it or want the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lambda_src.proxy_management.overview import Slot

WIDTH = 600
HEIGHT = 160
GAP = 2.0


@dataclass(frozen=True)
class Block:
    """A part of a bar.

    :param kind: what it counts: `other`, `transformed` or `failed`.
    :param y: of its upper edge, downwards.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Bars of responses, one for each slot.

    :param highest: responses that the full height stands for.
    """

    blocks: tuple[Block, ...]
    highest: int


def chart_of(series: Sequence[Slot]) -> Chart:
    """Return a chart; slots without responses have no block."""
    highest = max((slot.figures.responses for slot in series), default=0)
    if not highest:
        return Chart((), 0)
    step = WIDTH / len(series)
    blocks: list[Block] = []
    for number, slot in enumerate(series):
        figures = slot.figures
        other = max(0, figures.responses - figures.transformed - figures.failed_open)
        floor = float(HEIGHT)
        for kind, count in (("transformed", figures.transformed), ("other", other), ("failed", figures.failed_open)):
            height = min(count / highest * HEIGHT, floor)
            if height > 0:
                floor -= height
                place = (number * step + GAP / 2, floor, step - GAP, height)
                blocks.append(Block(kind, *(round(each, 2) for each in place)))
    return Chart(tuple(blocks), highest)
