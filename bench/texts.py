"""Measure the semantic text service: ratings against VADER itself, routes against their logic, and how right it is."""

from __future__ import annotations

import json
import logging
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.measure import BenchmarkError, Comparison, Trial, compare, interleave
from bench.ratings import PUBLISHED, f1, judged
from bench.report import Section
from contract import routes
from contract.modes import Mode, Sentiment
from lambda_src.semantic_text_service.criteria import Criterion
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.logic import Selection, transform, transform_rated
from lambda_src.semantic_text_service.rating import Failure, rate_texts
from lambda_src.semantic_text_service.routes import build_application
from lambda_src.semantic_text_service.topic_words import Topic
from lambda_src.semantic_text_service.topics import classify
from lambda_src.shared.application import Application
from lambda_src.shared.settings import ServiceSettings

RATED_MODE = Mode.XXX_NEGATIVE
TEXTS = 200
CALLS_PER_TRIAL = 10


@dataclass(frozen=True)
class _Route:
    """A route, what is sent to it, and what it does with that, without HTTP and JSON.

    :param name: as it stands in the tables.
    """

    name: str
    path: str
    body: Mapping[str, object]
    logic: Callable[[], object]


def measure(rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Run all comparisons.

    :param say: told what is being done.
    """
    texts = judged("tweets")[1][:TEXTS]
    engine, published = EmbeddedEngine(), SentimentIntensityAnalyzer()
    compared = _routes(engine, texts)
    trials = {
        "ratings": _timed(lambda: rate_texts(engine, texts)),
        "VADER called directly": _timed(lambda: [published.polarity_scores(text) for text in texts]),
        **_trials(engine, compared),
    }
    for trial in trials.values():
        trial()  # reads the word list, compiles expressions
    seconds = interleave(trials, rounds, say)
    conditions = f"{TEXTS} tweets in one request, in one warm process; processor time."
    return [
        Section("Ratings", conditions, (compare(seconds, "ratings", "VADER called directly"),)),
        Section(
            "Routes of the semantic text service",
            conditions,
            tuple(compare(seconds, route.name, _logic_of(route)) for route in compared),
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


def _routes(engine: EmbeddedEngine, texts: list[str]) -> tuple[_Route, ...]:
    selection = Selection.of(RATED_MODE, None)
    criterion = Criterion(sentiment=Sentiment.NEGATIVE, at_least=0.3)

    def transformed() -> object:
        return transform_rated(RATED_MODE, texts, rate_texts(engine, texts), selection)

    def filtered() -> object:
        return [criterion.holds(each) for each in rate_texts(engine, texts) if not isinstance(each, Failure)]

    def rated() -> object:
        return rate_texts(engine, texts)

    def classified() -> object:
        return [classify(text) for text in texts]

    criteria = {"criteria": [criterion.model_dump(mode="json")]}
    topics = {"topics": [Topic.SPORT]}
    return (
        _Route(
            f"transform, {Mode.XXX}", routes.TRANSFORM_TEXTS, {"mode": Mode.XXX}, lambda: transform(Mode.XXX, texts)
        ),
        _Route(f"transform, {RATED_MODE}", routes.TRANSFORM_TEXTS, {"mode": RATED_MODE}, transformed),
        _Route("rate", routes.RATE_TEXTS, {"sentiment": Sentiment.NEGATIVE}, rated),
        _Route("multi/rate", routes.RATE_TEXTS_FULLY, {}, rated),
        _Route("filter", routes.FILTER_TEXTS, criterion.model_dump(mode="json"), filtered),
        _Route("multi/filter", routes.FILTER_TEXTS_FULLY, criteria, filtered),
        _Route("classify topics", routes.CLASSIFY_TOPICS, {}, classified),
        _Route("filter topics", routes.FILTER_TOPICS, topics, classified),
    )


def _trials(engine: EmbeddedEngine, compared: Sequence[_Route]) -> dict[str, Trial]:
    """Return two trials for each route: itself, and its logic alone."""
    logger = Logger(service="bench", level=logging.CRITICAL)
    settings = ServiceSettings(name="bench", version="1", environment="bench")
    app = build_application(settings, {engine.name: engine}, logger=logger)
    texts = judged("tweets")[1][:TEXTS]
    trials: dict[str, Trial] = {}
    for route in compared:
        event = _event(route.path.format(engine=engine.name), {"texts": texts, **route.body})
        trials[route.name] = _timed(partial(_call, app, event))
        trials[_logic_of(route)] = _timed(route.logic)
    return trials


def _call(app: Application, event: dict[str, Any]) -> None:
    """Call a function as Lambda does.

    :raises BenchmarkError: if it does not do what it is asked.
    """
    reply = app(event, cast(LambdaContext, None))
    if reply["statusCode"] != 200:
        raise BenchmarkError(f"{event['rawPath']} answered {reply['statusCode']}: {reply['body']}")


def _logic_of(route: _Route) -> str:
    return f"its logic in process ({route.name})"


def _timed(work: Callable[[], object]) -> Trial:
    def trial() -> float:
        started = time.process_time()
        for _ in range(CALLS_PER_TRIAL):
            work()
        return time.process_time() - started

    return trial


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
