"""Measure the semantic text service: ratings against VADER itself, and how right they are."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.measure import Comparison, Trial, compare, interleave
from bench.ratings import PUBLISHED, f1, judged
from bench.report import Section
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.rating import Failure, rate_texts

TEXTS = 200
CALLS_PER_TRIAL = 10


def measure(rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Run all comparisons.

    :param say: told what is being done.
    """
    texts = judged("tweets")[1][:TEXTS]
    engine, published = EmbeddedEngine(), SentimentIntensityAnalyzer()
    trials = {
        "ratings": _timed(lambda: rate_texts(engine, texts)),
        "VADER called directly": _timed(lambda: [published.polarity_scores(text) for text in texts]),
    }
    for trial in trials.values():
        trial()  # reads the word list
    seconds = interleave(trials, rounds, say)
    conditions = f"{TEXTS} tweets in one request, in one warm process; processor time."
    return [
        Section("Ratings", conditions, (compare(seconds, "ratings", "VADER called directly"),)),
        Section(
            "Agreement with people",
            "Ratio of a figure to the published one, which is that of the whole set; here a part of it is measured.",
            tuple(comparison for name in PUBLISHED for comparison in agreement(name)),
        ),
    ]


def agreement(name: str) -> list[Comparison]:
    """Return how well the embedded engine agrees with people, against what VADER's authors published."""
    people, texts = judged(name)
    ratings = rate_texts(EmbeddedEngine(), texts)
    told = [each.positive - each.negative for each in ratings if not isinstance(each, Failure)]
    figures = {
        "F1": (f1(people, told), PUBLISHED[name].f1),
        "r": (statistics.correlation(people, told), PUBLISHED[name].correlation),
    }
    return [
        _ratio(f"{figure} {ours:.3f} on {len(texts)} {name}", f"{figure} {theirs}", ours / theirs)
        for figure, (ours, theirs) in figures.items()
    ]


def _ratio(subject: str, peer: str, ratio: float) -> Comparison:
    """Return a comparison that comes out the same each time."""
    return Comparison(subject, peer, median=ratio, lowest=ratio, highest=ratio, rounds=1)


def _timed(work: Callable[[], object]) -> Trial:
    def trial() -> float:
        started = time.process_time()
        for _ in range(CALLS_PER_TRIAL):
            work()
        return time.process_time() - started

    return trial
