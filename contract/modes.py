"""What can be done with the text of a page, and what may be said about how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """A transformation of text.

    `OFF` does not even ask the functions. `ROUNDTRIP` sends the page the whole way and gets the same bytes back.
    `DICT` shows each text as the node that it is. `XXX` masks letters and digits with `x` and keeps length and
    punctuation, `HASHES` shows each text's hash; their `-random` kin do so with half of the texts. `ABCDE_BY_SIZE`
    masks with one of five letters, by the text's length. The others ask an engine how each text feels: `XXX_NEGATIVE`
    and its numbered kin mask what is negative, from a hint of it to much of it, and `HIDE_*` leave empty space.
    """

    OFF = "off"
    ROUNDTRIP = "roundtrip"
    DICT = "dict"
    XXX = "xxx"
    XXX_RANDOM = "xxx-random"
    HASHES = "hashes"
    HASHES_RANDOM = "hashes-random"
    ABCDE_BY_SIZE = "abcde-by-size"
    XXX_NEGATIVE = "xxx-negative"
    XXX_NEGATIVE_1 = "xxx-negative-1"
    XXX_NEGATIVE_2 = "xxx-negative-2"
    XXX_NEGATIVE_3 = "xxx-negative-3"
    XXX_NEGATIVE_4 = "xxx-negative-4"
    HIDE_POSITIVE = "hide-positive"
    HIDE_NEUTRAL = "hide-neutral"
    HIDE_MIXED = "hide-mixed"


class Engine(StrEnum):
    """What rates a text.

    `EMBEDDED` is the word list and the rules of VADER, inside the function: English, no network, no charge.
    `COMPREHEND` is Amazon Comprehend: twelve languages, charged by the text.
    """

    EMBEDDED = "embedded"
    COMPREHEND = "comprehend"


class Sentiment(StrEnum):
    """How a text may feel; an engine gives each a share from 0 to 1, together 1."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    MIXED = "mixed"


@dataclass(frozen=True)
class Rule:
    """Texts whose share of a sentiment is at least so high are changed."""

    sentiment: Sentiment
    at_least: float


RULES = {
    Mode.XXX_NEGATIVE: Rule(Sentiment.NEGATIVE, 0.05),
    Mode.XXX_NEGATIVE_1: Rule(Sentiment.NEGATIVE, 0.1),
    Mode.XXX_NEGATIVE_2: Rule(Sentiment.NEGATIVE, 0.2),
    Mode.XXX_NEGATIVE_3: Rule(Sentiment.NEGATIVE, 0.3),
    Mode.XXX_NEGATIVE_4: Rule(Sentiment.NEGATIVE, 0.4),
    Mode.HIDE_POSITIVE: Rule(Sentiment.POSITIVE, 0.7),
    Mode.HIDE_NEUTRAL: Rule(Sentiment.NEUTRAL, 0.6),
    Mode.HIDE_MIXED: Rule(Sentiment.MIXED, 0.8),
}
"""The modes that ask an engine, and what each changes where nothing else is said."""

ENGINE_VERSIONS = {Engine.EMBEDDED: "vader-3.3.2-1", Engine.COMPREHEND: "comprehend-1"}
"""Part of the key under which a transformed page is cached: another version may rate otherwise.

The last number is ours, and grows when we change what we make of an engine's answer.
"""


@dataclass(frozen=True)
class Parameters:
    """What a request may say beside its mode; counts in modes of :data:`RULES` only.

    Both stand under these names in the body of a call to the semantic text service, and are left out when None.

    :param rating: share, from 0 to 1, instead of the mode's own.
    :param model: engine, instead of the environment's own.
    """

    rating: float | None = None
    model: Engine | None = None


BY_DEFAULT = Parameters()
"""Of a request that says nothing but its mode."""

LOWEST_RATING = 0.0
HIGHEST_RATING = 1.0
