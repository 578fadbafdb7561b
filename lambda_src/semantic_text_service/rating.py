"""How texts feel: what an engine has to be able to do, and the rating of texts of any length with any engine. Pure.

What an engine could not rate is told as a :class:`Failure` of that text, and costs no other text its rating.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from contract.modes import Engine, Sentiment
from lambda_src.semantic_text_service.sentences import split


@dataclass(frozen=True)
class Scores:
    """How far a text has each sentiment: shares from 0 to 1, together 1."""

    positive: float = 0.0
    negative: float = 0.0
    neutral: float = 0.0
    mixed: float = 0.0

    def of(self, sentiment: Sentiment) -> float:
        """Return one share."""
        match sentiment:
            case Sentiment.POSITIVE:
                return self.positive
            case Sentiment.NEGATIVE:
                return self.negative
            case Sentiment.NEUTRAL:
                return self.neutral
            case Sentiment.MIXED:
                return self.mixed


@dataclass(frozen=True)
class Failure:
    """Why a text has no rating.

    :param code: short name for programs, for example `ThrottlingException` or `unsupported-language`.
    :param message: what happened, for people; nothing of the text.
    """

    code: str
    message: str


Rating = Scores | Failure

NOTHING_SAID = Scores(neutral=1.0)
"""Of a text without any sign in it."""


class SentimentEngine(Protocol):
    """What rates texts."""

    @property
    def name(self) -> Engine:
        """Which engine it is."""

    @property
    def most_bytes(self) -> int:
        """Size of the largest text that :meth:`rate` takes, in UTF-8."""

    def rate(self, texts: Sequence[str]) -> list[Rating]:
        """Rate texts that are neither blank nor too large: as many ratings, in the same order. Raises nothing."""


def rate_texts(engine: SentimentEngine, texts: Sequence[str]) -> list[Rating]:
    """Rate texts of any length, each different one once.

    One that is too large for the engine is rated in pieces, and as a whole has their mean, by their length; if one of
    its pieces has no rating, neither has the text.
    """
    parts = {text: split(text, engine.most_bytes) for text in dict.fromkeys(texts) if text.strip()}
    pieces = list(dict.fromkeys(piece for each in parts.values() for piece in each if piece.strip()))
    ratings = dict(zip(pieces, engine.rate(pieces), strict=True)) if pieces else {}
    return [_whole(parts.get(text, []), ratings) for text in texts]


def batches[T](values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the values in lists of at most `size`."""
    left = iter(values)
    while batch := list(islice(left, size)):
        yield batch


def _whole(pieces: Sequence[str], ratings: dict[str, Rating]) -> Rating:
    found = [(len(piece), ratings[piece]) for piece in pieces if piece in ratings]
    if len(found) <= 1:
        return found[0][1] if found else NOTHING_SAID
    rated: list[tuple[int, Scores]] = []
    for length, rating in found:
        if isinstance(rating, Failure):
            return rating
        rated.append((length, rating))
    total = sum(length for length, _ in rated)
    return Scores(
        positive=sum(length * scores.positive for length, scores in rated) / total,
        negative=sum(length * scores.negative for length, scores in rated) / total,
        neutral=sum(length * scores.neutral for length, scores in rated) / total,
        mixed=sum(length * scores.mixed for length, scores in rated) / total,
    )
