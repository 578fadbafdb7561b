"""Measure the semantic text service: ratings against VADER itself, routes against their logic, and how right it is."""

from __future__ import annotations

import json
import logging
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.measure import Comparison, Trial, compare, interleave
from bench.ratings import PUBLISHED, f1, judged
from bench.report import Section
from contract import routes
from contract.modes import Engine, Mode
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.logic import Selection, transform, transform_rated
from lambda_src.semantic_text_service.rating import Failure, rate_texts
from lambda_src.semantic_text_service.routes import build_application
from lambda_src.shared.settings import ServiceSettings

RATED_MODE = Mode.XXX_NEGATIVE
CALLS_PER_TRIAL = 10


def measure(rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Run all comparisons.

    :param say: told what is being done.
    """
    _, texts = judged("tweets")
    trials = _trials(texts)
    for trial in trials.values():
        trial()  # reads the word list, compiles expressions
    seconds = interleave(trials, rounds, say)
    note = f"{len(texts)} tweets in one request, in one warm process."
    return [
        Section(
            "Texts",
            note,
            (
                compare(seconds, "ratings", "VADER called directly"),
                compare(seconds, f"route, mode {RATED_MODE}", f"its logic, mode {RATED_MODE}"),
                compare(seconds, f"route, mode {Mode.XXX}", f"its logic, mode {Mode.XXX}"),
            ),
        ),
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


def _trials(texts: list[str]) -> dict[str, Trial]:
    engine = EmbeddedEngine()
    published = SentimentIntensityAnalyzer()
    selection = Selection.of(RATED_MODE, None)
    handler = _handler(engine)
    return {
        "ratings": _timed(lambda: rate_texts(engine, texts)),
        "VADER called directly": _timed(lambda: [published.polarity_scores(text) for text in texts]),
        f"route, mode {RATED_MODE}": _timed(handler(RATED_MODE, texts)),
        f"its logic, mode {RATED_MODE}": _timed(
            lambda: transform_rated(RATED_MODE, texts, rate_texts(engine, texts), selection)
        ),
        f"route, mode {Mode.XXX}": _timed(handler(Mode.XXX, texts)),
        f"its logic, mode {Mode.XXX}": _timed(lambda: transform(Mode.XXX, texts)),
    }


def _timed(work: Callable[[], object]) -> Trial:
    def trial() -> float:
        started = time.perf_counter()
        for _ in range(CALLS_PER_TRIAL):
            work()
        return time.perf_counter() - started

    return trial


def _handler(engine: EmbeddedEngine) -> Callable[[Mode, list[str]], Callable[[], object]]:
    """Return what makes a call of the transformation, from the event to the reply."""
    logger = Logger(service="bench", level=logging.CRITICAL)
    settings = ServiceSettings(name="bench", version="1", environment="bench")
    app = build_application(settings, {Engine.EMBEDDED: engine}, logger=logger)

    def call(mode: Mode, texts: list[str]) -> Callable[[], object]:
        event = _event(routes.TRANSFORM_TEXTS, {"mode": mode, "texts": texts})
        return lambda: app(event, cast(LambdaContext, None))

    return call


def _event(path: str, body: Mapping[str, object]) -> dict[str, Any]:
    """Return what Lambda hands over when a function's URL is called (payload format 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": "POST", "path": path}, "requestId": "bench", "stage": "$default"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }
