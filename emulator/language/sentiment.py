"""The feeling of a text: how positive, negative, neutral and mixed it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from emulator.language.lexicon import NEGATIONS, NEGATIVE, POSITIVE, STRONGER, WEAKER

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SENTENCE_END = re.compile(r"[.!?]+\s|\n")
_REACH = 3
"""Words before one that may turn it round or strengthen it."""


@dataclass(frozen=True)
class Feeling:
    """Shares from 0 to 1 that add up to 1."""

    positive: float
    negative: float
    neutral: float
    mixed: float

    @property
    def name(self) -> str:
        """The prevailing one, as Comprehend calls it."""
        shares = {
            "POSITIVE": self.positive, "NEGATIVE": self.negative, "NEUTRAL": self.neutral, "MIXED": self.mixed,
        }  # fmt: skip
        return max(shares, key=lambda name: shares[name])


def feeling(text: str) -> Feeling:
    """Return the feeling of an English text; of one in another language mostly that it is neutral.

    Squares make one strong word outweigh several that say nothing; mixed is what both sides have in common.
    """
    sentences = max(1, len([part for part in _SENTENCE_END.split(text) if part.strip()]))
    good, bad = (strength / sentences**0.5 for strength in _strengths(text))
    weights = (good**2, bad**2, 1.0, 3 * good * bad)
    total = sum(weights)
    positive, negative, neutral, mixed = (weight / total for weight in weights)
    return Feeling(positive, negative, neutral, mixed)


def _strengths(text: str) -> tuple[float, float]:
    """Return what all words together say for and against."""
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(text.replace("\u2019", "'"))]
    good = bad = 0.0
    for index, word in enumerate(words):
        strength = POSITIVE.get(word, 0.0) - NEGATIVE.get(word, 0.0)
        before = words[max(0, index - _REACH) : index]
        if before and before[-1] in STRONGER:
            strength *= 1.5
        if before and before[-1] in WEAKER:
            strength *= 0.5
        if NEGATIONS.intersection(before):
            strength *= -0.75
        good, bad = good + max(strength, 0.0), bad + max(-strength, 0.0)
    return good, bad
