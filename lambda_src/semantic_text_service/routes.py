"""HTTP interface of the semantic text service: parses, calls what does the work, shapes the reply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypedDict

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ConfigDict, Field

from contract import routes
from contract.modes import ENGINE_VERSIONS, RULES, Engine, Mode, Sentiment
from lambda_src.semantic_text_service import topics
from lambda_src.semantic_text_service.criteria import MOST_CRITERIA, Combine, Criterion, Share, hold
from lambda_src.semantic_text_service.logic import Selection, Transformed, transform, transform_rated
from lambda_src.semantic_text_service.rating import Failure, Rating, SentimentEngine, rate_texts
from lambda_src.semantic_text_service.topic_words import Topic
from lambda_src.shared.application import Application
from lambda_src.shared.errors import Detail, InvalidInputError
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import shorten

MAX_BODY_BYTES = 32 * 1024 * 1024
"""The texts of a 10 MB page with room for JSON escapes; Lambda's own bound of 6 MB per call comes first on AWS."""

MAX_TEXTS = 500_000

Texts = Annotated[list[str], Field(max_length=MAX_TEXTS)]
Criteria = Annotated[tuple[Criterion, ...], Field(max_length=MOST_CRITERIA)]
Engines = Mapping[Engine, SentimentEngine]


class Request(BaseModel):
    """What all requests have."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    texts: Texts


class TransformRequest(Request):
    """Texts to transform, all in one mode; what follows the mode counts only where the mode asks an engine.

    `rating` takes the place of the mode's own threshold, `model` of the service's own engine. `criteria` are further
    conditions beside the mode's own, all of which (`and`) or any of which (`or`) a text has to meet to be changed.
    """

    mode: Mode
    rating: Share | None = None
    model: Engine | None = None
    criteria: Criteria = ()
    combine: Combine = Combine.OR


class RateRequest(Request):
    """Texts to rate for one sentiment."""

    sentiment: Sentiment


class FilterRequest(Criterion):
    """Texts of which those are looked for that meet one criterion."""

    texts: Texts


class FilterFullyRequest(Request):
    """Texts of which those are looked for that meet all criteria (`and`) or any (`or`)."""

    criteria: Annotated[Criteria, Field(min_length=1)]
    combine: Combine = Combine.AND


class TopicFilterRequest(Request):
    """Texts of which those are looked for that are about all topics (`and`) or any (`or`), at least so far."""

    topics: Annotated[tuple[Topic, ...], Field(min_length=1, max_length=len(Topic))]
    at_least: Share = 0.5
    combine: Combine = Combine.OR


class Reply(BaseModel):
    """What is answered; made ready when it is first needed, as requests are: a cold start would wait for all of it."""

    model_config = ConfigDict(defer_build=True)


class FailedText(Reply):
    """A text that could not be rated, by its index in the request, and why."""

    index: int
    code: str
    message: str


class TransformReply(Reply):
    """The transformed texts, as many as were sent and in the same order. One that failed stands as it was."""

    mode: Mode
    model: Engine | None
    texts: list[str]
    failures: list[FailedText]


class RatedReply(Reply):
    """What every answer of an engine says."""

    model: Engine
    version: str
    failures: list[FailedText]


class RateReply(RatedReply):
    """Shares of one sentiment, from 0 to 1, in the order of the texts; null where a text failed."""

    sentiment: Sentiment
    ratings: list[float | None]


class RateFullyReply(RatedReply):
    """All shares of each text, in the order of the texts; null where a text failed."""

    ratings: list[dict[Sentiment, float] | None]


class FilterReply(RatedReply):
    """The texts that were looked for, and their indexes in the request."""

    indexes: list[int]
    texts: list[str]


class TopicsReply(Reply):
    """Topics of each text, the main one first; none where no word tells one."""

    version: str
    topics: list[dict[Topic, float]]


class TopicFilterReply(Reply):
    """The texts that were looked for, and their indexes in the request."""

    version: str
    indexes: list[int]
    texts: list[str]


class _Said(TypedDict):
    """The fields of :class:`RatedReply`."""

    model: Engine
    version: str
    failures: list[FailedText]


def build_application(settings: ServiceSettings, engines: Engines, logger: Logger | None = None) -> Application:
    """Return the service's handler.

    :param engines: those that may be used, the one that is used by default first.
    """
    app = Application(settings, max_body_bytes=MAX_BODY_BYTES, facts=_facts(engines), logger=logger)
    _add_transformation(app, engines)
    _add_sentiments(app, engines)
    _add_topics(app)
    return app


def _facts(engines: Engines) -> dict[str, str | int]:
    return {
        "modes": ", ".join(Mode),
        "engines": ", ".join(engines),
        "engine_versions": ", ".join(ENGINE_VERSIONS[each] for each in engines),
        "topics": ", ".join(Topic),
        "max_texts": MAX_TEXTS,
    }


def _add_transformation(app: Application, engines: Engines) -> None:
    @app.route("POST", routes.TRANSFORM_TEXTS, "Transform texts.", body=TransformRequest, reply=TransformReply)
    def transform_texts(body: TransformRequest) -> TransformReply:
        if body.mode not in RULES:
            return TransformReply(mode=body.mode, model=None, texts=transform(body.mode, body.texts), failures=[])
        engine = _engine(engines, body.model or next(iter(engines)), "body.model")
        selection = Selection.of(body.mode, body.rating, body.criteria, body.combine)
        done: Transformed = transform_rated(body.mode, body.texts, rate_texts(engine, body.texts), selection)
        failures = [_failed(index, failure) for index, failure in done.failures.items()]
        return TransformReply(mode=body.mode, model=engine.name, texts=done.texts, failures=failures)


def _add_sentiments(app: Application, engines: Engines) -> None:
    def rate(engine: str, texts: Sequence[str]) -> tuple[list[Rating], _Said]:
        chosen = _engine(engines, engine, "path.engine")
        ratings = rate_texts(chosen, texts)
        failures = [_failed(index, each) for index, each in enumerate(ratings) if isinstance(each, Failure)]
        return ratings, _Said(model=chosen.name, version=ENGINE_VERSIONS[chosen.name], failures=failures)

    def select(engine: str, texts: Sequence[str], criteria: Sequence[Criterion], combine: Combine) -> FilterReply:
        ratings, said = rate(engine, texts)
        found = [
            index
            for index, rating in enumerate(ratings)
            if not isinstance(rating, Failure) and hold(criteria, combine, rating)
        ]
        return FilterReply(**said, indexes=found, texts=[texts[index] for index in found])

    @app.route("POST", routes.RATE_TEXTS, "Rate texts for one sentiment.", body=RateRequest, reply=RateReply)
    def rate_one(engine: str, body: RateRequest) -> RateReply:
        ratings, said = rate(engine, body.texts)
        shares = [None if isinstance(each, Failure) else each.of(body.sentiment) for each in ratings]
        return RateReply(**said, sentiment=body.sentiment, ratings=shares)

    @app.route("POST", routes.RATE_TEXTS_FULLY, "Rate texts for all sentiments.", body=Request, reply=RateFullyReply)
    def rate_all(engine: str, body: Request) -> RateFullyReply:
        ratings, said = rate(engine, body.texts)
        shares = [
            None if isinstance(rating, Failure) else {each: rating.of(each) for each in Sentiment} for rating in ratings
        ]
        return RateFullyReply(**said, ratings=shares)

    @app.route("POST", routes.FILTER_TEXTS, "Find texts by one sentiment.", body=FilterRequest, reply=FilterReply)
    def filter_by_one(engine: str, body: FilterRequest) -> FilterReply:
        return select(engine, body.texts, [body], Combine.AND)

    @app.route(
        "POST", routes.FILTER_TEXTS_FULLY, "Find texts by several criteria.", body=FilterFullyRequest, reply=FilterReply
    )
    def filter_by_several(engine: str, body: FilterFullyRequest) -> FilterReply:
        return select(engine, body.texts, body.criteria, body.combine)


def _add_topics(app: Application) -> None:
    @app.route("POST", routes.CLASSIFY_TOPICS, "Say what texts are about.", body=Request, reply=TopicsReply)
    def classify_topics(body: Request) -> TopicsReply:
        return TopicsReply(version=topics.VERSION, topics=[topics.classify(text) for text in body.texts])

    @app.route(
        "POST", routes.FILTER_TOPICS, "Find texts about topics.", body=TopicFilterRequest, reply=TopicFilterReply
    )
    def filter_topics(body: TopicFilterRequest) -> TopicFilterReply:
        judge = all if body.combine is Combine.AND else any
        found = [
            index
            for index, told in enumerate(map(topics.classify, body.texts))
            if judge(told.get(topic, 0.0) >= body.at_least for topic in body.topics)
        ]
        texts = [body.texts[index] for index in found]
        return TopicFilterReply(version=topics.VERSION, indexes=found, texts=texts)


def _engine(engines: Engines, name: str, path: str) -> SentimentEngine:
    """Return an engine.

    :param path: where the name stands, for the message.
    :raises InvalidInputError: if there is none of that name, or it may not be used here.
    """
    found = next((engine for each, engine in engines.items() if each == name), None)
    if found is None:
        problem = "there is no such engine, or this deployment does not use it"
        detail = Detail(path, problem, shorten(name), ", ".join(engines))
        raise InvalidInputError("unknown-engine", f"{problem}; see details for those that it uses", [detail])
    return found


def _failed(index: int, failure: Failure) -> FailedText:
    return FailedText(index=index, code=failure.code, message=failure.message)
