"""The engine that needs no network: VADER's word list and rules, read into shares of four sentiments.

VADER (Hutto and Gilbert, ICWSM 2014, https://ojs.aaai.org/index.php/ICWSM/article/view/14550) knows English and the
signs of chats. A text in another language has no word of its list and is neutral to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from contract.modes import Engine
from lambda_src.semantic_text_service.rating import Rating, Scores

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

MOST_BYTES = 1000
"""A piece of a long text. VADER is made for sentences, and its check for `but` takes time with the square of a text."""

_LOOKS_BACK = 3
_LOOKS_AHEAD = 2
"""Words around one that VADER looks at to weigh it."""


@dataclass(frozen=True)
class _Window:
    """The words around one, in the form that VADER has for a whole text."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


class EmbeddedEngine:
    """Rates texts inside the function. The word list is read at the first text, not before."""

    name = Engine.EMBEDDED
    most_bytes = MOST_BYTES

    def rate(self, texts: Sequence[str]) -> list[Rating]:
        """Rate texts; see :class:`.rating.SentimentEngine`. Every text has a rating."""
        return [self._rate(text) for text in texts]

    def _rate(self, text: str) -> Scores:
        found = self._vader.polarity_scores(text)
        return to_scores(positive=found["pos"], negative=found["neg"], compound=found["compound"])

    @cached_property
    def _vader(self) -> SentimentIntensityAnalyzer:
        return linear_vader()


def to_scores(*, positive: float, negative: float, compound: float) -> Scores:
    """Read what VADER says as four shares that add up to 1.

    Positive or negative is VADER's `compound`: so a share of 0.05 is exactly the line that VADER's authors draw between
    a text with a feeling and a neutral one. What is left of the whole is mixed as far as the text speaks both for and
    against, evenly: all of it where both have the same weight, nothing where one is missing. The rest is neutral.

    :param positive: share of the text's words that are positive, as VADER weighs them.
    :param negative: share of those that are negative.
    :param compound: the whole, from -1 to 1.
    """
    coloured = positive + negative
    balance = 2 * min(positive, negative) / coloured if coloured else 0.0
    left = 1.0 - abs(compound)
    return Scores(
        positive=max(0.0, compound), negative=max(0.0, -compound), neutral=left * (1.0 - balance), mixed=left * balance
    )


def linear_vader() -> SentimentIntensityAnalyzer:
    """Return VADER, weighing each word by those around it alone.

    Its results are the same; but for each word of its list it would copy all words of the text several times over, so
    that a page could be made that keeps a function busy until it is ended.
    """
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    class Linear(SentimentIntensityAnalyzer):
        def sentiment_valence(
            self, valence: float, sentitext: _Window, item: str, i: int, sentiments: list[float]
        ) -> list[float]:
            if item.lower() not in self.lexicon:
                sentiments.append(valence)
                return sentiments
            first = max(0, i - _LOOKS_BACK)
            words = sentitext.words_and_emoticons[first : i + _LOOKS_AHEAD + 1]
            window = _Window(words, sentitext.is_cap_diff)
            weighed: list[float] = super().sentiment_valence(  # type: ignore[no-untyped-call]
                valence, window, item, i - first, sentiments
            )
            return weighed

    return Linear()  # type: ignore[no-untyped-call]
