"""Texts that people have judged, and how well a program agrees with them. It knows no engine.

The figures are those of VADER's paper (Hutto and Gilbert, ICWSM 2014, table 4): correlation with the mean of what
twenty people said, and three classes of which each counts by its size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

GROUND_TRUTH = Path(__file__).parent / "ground_truth"

LINE = 0.05
"""From here on a text is positive, and from its opposite on negative; between them it is neutral."""


@dataclass(frozen=True)
class Published:
    """What the authors found on the whole of a set.

    :param f1: mean over the classes, by their size.
    :param correlation: Pearson's r.
    """

    f1: float
    correlation: float


PUBLISHED = {
    "tweets": Published(0.96, 0.881),
    "reviews": Published(0.63, 0.565),
    "films": Published(0.61, 0.451),
    "editorials": Published(0.55, 0.492),
}
"""By the name of the file."""


def judged(name: str, folder: Path = GROUND_TRUTH) -> tuple[list[float], list[str]]:
    """Return what people said of texts, from -4 to 4, and the texts."""
    lines = (folder / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t", 1) for line in lines]
    return [float(said) for said, _ in rows], [text for _, text in rows]


def f1(people: Sequence[float], told: Sequence[float]) -> float:
    """Return the mean F1 of telling positive, negative and neutral texts apart, each class by its size.

    :param people: what people said.
    :param told: what the program says, with the same sign.
    """
    pairs = [(_class(said), _class(found)) for said, found in zip(people, told, strict=True)]
    return sum(_share_of(each, pairs) * _f1_of(each, pairs) for each in (-1, 0, 1))


def _class(value: float) -> int:
    return 1 if value >= LINE else -1 if value <= -LINE else 0


def _share_of(which: int, pairs: Sequence[tuple[int, int]]) -> float:
    return sum(said == which for said, _ in pairs) / len(pairs)


def _f1_of(which: int, pairs: Sequence[tuple[int, int]]) -> float:
    right = sum(said == found == which for said, found in pairs)
    wrong = sum((said == which) is not (found == which) for said, found in pairs)
    return 2 * right / (2 * right + wrong) if right else 0.0
