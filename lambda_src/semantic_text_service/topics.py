"""What texts are about, by the words of :mod:`.topic_words`. Pure; the same text always has the same topics."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from lambda_src.semantic_text_service.topic_words import WORDS, Topic

VERSION = "words-1"
"""Of the words and of what is made of them."""

_WORD = re.compile(r"[^\W_]+")
_ENDINGS = (("ies", "y"), ("es", ""), ("s", ""))
"""Of plurals, and what stands there in the singular."""

_TOPICS_OF: Mapping[str, tuple[Topic, ...]] = {
    word: tuple(topic for topic, own in WORDS.items() if word in own) for words in WORDS.values() for word in words
}


def classify(text: str) -> dict[Topic, float]:
    """Return how far a text is about each topic: shares that add up to 1, the largest first; none if it says nothing.

    A word that stands for two topics counts half for each.
    """
    found: Counter[Topic] = Counter()
    weights = dict.fromkeys(Topic, 0.0)
    for word in _WORD.findall(text.lower()):
        topics = _topics_of(word)
        for topic in topics:
            weights[topic] += 1 / len(topics)
            found[topic] += 1
    total = sum(weights.values())
    order = sorted(found, key=lambda topic: (-weights[topic], topic))
    return {topic: weights[topic] / total for topic in order}


def _topics_of(word: str) -> tuple[Topic, ...]:
    if word in _TOPICS_OF:
        return _TOPICS_OF[word]
    for ending, single in _ENDINGS:
        if word.endswith(ending) and (stem := word.removesuffix(ending) + single) in _TOPICS_OF:
            return _TOPICS_OF[stem]
    return ()
