"""Quantiles of durations that many processes measured, without keeping the durations: a DDSketch.

Values are counted in bins that grow by a constant factor, so each quantile has a bounded relative error, and sketches
of several processes are merged by adding up their bins, in any order, without losing anything more. Says nothing of
means or sums.

Source: Charles Masson, Jee E. Rim and Homin K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
relative-error guarantees", PVLDB 12(12), 2019, https://doi.org/10.14778/3352063.3352135
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

RELATIVE_ERROR = 0.01
"""A quantile is at most so far off from the true one, as a share of it."""

LOWEST_MS = 0.01
HIGHEST_MS = 600_000.0
"""Bounds of what is told apart, in milliseconds: what is shorter counts as 0, what is longer as ten minutes."""

_GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
_FACTOR = 1 / math.log(_GAMMA)

FIRST_BIN = math.ceil(math.log(LOWEST_MS) * _FACTOR)
LAST_BIN = math.ceil(math.log(HIGHEST_MS) * _FACTOR)
"""Indices of the lowest and the highest bin: 897 in all, so a sketch never grows beyond some kilobytes."""


@dataclass
class Sketch:
    """Counts of values, in bins. Two sketches of the same values are equal.

    :param zeros: how many values were below :data:`LOWEST_MS`.
    :param bins: how many values were in each bin; bin i holds those above g^(i-1) and up to g^i milliseconds, where
        g is (1 + e) / (1 - e) with :data:`RELATIVE_ERROR` as e.
    """

    zeros: int = 0
    bins: dict[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many values were added."""
        return self.zeros + sum(self.bins.values())

    def add(self, milliseconds: float) -> None:
        """Add a value; a negative one counts as 0."""
        if milliseconds < LOWEST_MS:
            self.zeros += 1
            return
        index = math.ceil(math.log(min(milliseconds, HIGHEST_MS)) * _FACTOR)
        self.bins[index] = self.bins.get(index, 0) + 1

    def merge(self, other: Sketch) -> None:
        """Add all values of another sketch."""
        self.zeros += other.zeros
        for index, count in other.bins.items():
            self.bins[index] = self.bins.get(index, 0) + count

    def quantile(self, share: float) -> float | None:
        """Return the lowest value, in milliseconds, that so many of the values do not exceed; None if there are none.

        So of three values the highest stands for 99 %, and not the middle one (nearest rank).

        :param share: from 0 for the lowest to 1 for the highest, for example 0.99.
        :raises ValueError: if the share is not between 0 and 1.
        """
        if not 0 <= share <= 1:
            raise ValueError(f"the share of a quantile is {share}, and has to be from 0 to 1, for example 0.99")
        count = self.count
        if not count:
            return None
        position = max(0, math.ceil(share * count) - 1)
        passed = self.zeros
        if passed > position:
            return 0.0
        for index in sorted(self.bins):
            passed += self.bins[index]
            if passed > position:
                return _middle(index)
        raise AssertionError("unreachable: the bins hold all values that are no zeros")

    def copy(self) -> Sketch:
        """Return a sketch that changes no more with this one."""
        return Sketch(self.zeros, dict(self.bins))

    def to_dict(self) -> dict[str, object]:
        """Return it as JSON knows it: bins in ascending order, their indices as text."""
        return {"zeros": self.zeros, "bins": {str(index): self.bins[index] for index in sorted(self.bins)}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sketch:
        """Read what :meth:`to_dict` wrote.

        :raises ValueError: if a bin or a count cannot be.
        :raises TypeError: if a key is missing or unknown.
        """
        if values.keys() != {"zeros", "bins"} or not isinstance(values["bins"], Mapping):
            raise TypeError(f"a sketch has the keys zeros and bins, not {sorted(values)}")
        sketch = cls(values["zeros"], {int(index): count for index, count in values["bins"].items()})
        if any(type(count) is not int or count < 0 for count in (sketch.zeros, *sketch.bins.values())):
            raise ValueError("a sketch counts in whole numbers from 0")
        if wrong := [index for index in sketch.bins if not FIRST_BIN <= index <= LAST_BIN]:
            raise ValueError(f"a sketch has no bin {wrong[0]}; they go from {FIRST_BIN} to {LAST_BIN}")
        return sketch


def _middle(index: int) -> float:
    """Return the value whose distance from both ends of a bin is the same share of these ends."""
    return float(2 * _GAMMA**index / (_GAMMA + 1))
