"""Against botocore's own model of the service: each request and each answer is checked by it."""

import concurrent.futures
import socket
import threading
import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, NoRegionError
from botocore.stub import ANY, Stubber

from contract.modes import Engine
from lambda_src.semantic_text_service.comprehend import (
    CALLS_AT_ONCE,
    LANGUAGES,
    MOST_BYTES,
    ComprehendEngine,
    comprehend_client,
)
from lambda_src.semantic_text_service.rating import Failure, Scores, rate_texts

ENGLISH = "The weather is rather fine in the north of England."
GERMAN = "Das Wetter ist im Norden von Deutschland recht schön."
FINNISH = "Sää on melko hyvä Suomen pohjoisosassa tänään."
SCORES = {"Positive": 0.7, "Negative": 0.1, "Neutral": 0.15, "Mixed": 0.05}


@pytest.fixture
def client():
    return boto3.client(
        "comprehend",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture
def stub(client):
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def engine(client):
    return ComprehendEngine(lambda: client)


def languages(*codes):
    results = [{"Index": i, "Languages": [{"LanguageCode": code, "Score": 0.9}]} for i, code in enumerate(codes)]
    return {"ResultList": results, "ErrorList": []}


def sentiments(count, errors=()):
    results = [{"Index": i, "Sentiment": "POSITIVE", "SentimentScore": SCORES} for i in range(count) if i not in errors]
    problems = [{"Index": i, "ErrorCode": "INTERNAL", "ErrorMessage": "try again"} for i in errors]
    return {"ResultList": results, "ErrorList": problems}


def test_it_is_the_engine_of_comprehend(engine):
    assert (engine.name, engine.most_bytes) == (Engine.COMPREHEND, MOST_BYTES)


def test_languages_are_those_of_the_service_model(client):
    shape = client.meta.service_model.operation_model("BatchDetectSentiment").input_shape.members["LanguageCode"]

    assert set(shape.enum) == set(LANGUAGES)


def test_texts_of_one_language_are_rated_together(engine, stub):
    stub.add_response(
        "batch_detect_dominant_language", languages("en", "de", "en"), {"TextList": [ENGLISH, GERMAN, ENGLISH * 2]}
    )
    stub.add_response("batch_detect_sentiment", sentiments(2), {"TextList": ANY, "LanguageCode": "en"})
    stub.add_response("batch_detect_sentiment", sentiments(1), {"TextList": [GERMAN], "LanguageCode": "de"})

    ratings = engine.rate([ENGLISH, GERMAN, ENGLISH * 2])

    assert ratings == [Scores(positive=0.7, negative=0.1, neutral=0.15, mixed=0.05)] * 3


def test_a_short_text_is_in_the_language_of_most_others(engine, stub):
    stub.add_response("batch_detect_dominant_language", languages("de"), {"TextList": [GERMAN]})
    stub.add_response("batch_detect_sentiment", sentiments(2), {"TextList": [GERMAN, "Gut"], "LanguageCode": "de"})

    assert len(engine.rate([GERMAN, "Gut"])) == 2


def test_short_texts_alone_are_english_and_no_language_is_asked_for(engine, stub):
    stub.add_response("batch_detect_sentiment", sentiments(1), {"TextList": ["Fine"], "LanguageCode": "en"})

    assert engine.rate(["Fine"])[0].positive == 0.7


def test_a_language_that_comprehend_does_not_rate_is_that_texts_failure(engine, stub):
    stub.add_response("batch_detect_dominant_language", languages("fi", "en"), {"TextList": [FINNISH, ENGLISH]})
    stub.add_response("batch_detect_sentiment", sentiments(1), {"TextList": [ENGLISH], "LanguageCode": "en"})

    failed, rated = engine.rate([FINNISH, ENGLISH])

    assert failed.code == "unsupported-language"
    assert "'fi'" in failed.message
    assert "zh-TW" in failed.message
    assert isinstance(rated, Scores)


def test_a_text_that_fails_in_a_batch_fails_alone(engine, stub):
    stub.add_response(
        "batch_detect_sentiment", sentiments(3, errors=[1]), {"TextList": ["a", "b", "c"], "LanguageCode": "en"}
    )

    first, second, third = engine.rate(["a", "b", "c"])

    assert second == Failure("INTERNAL", "Comprehend could not read this text: try again")
    assert isinstance(first, Scores)
    assert isinstance(third, Scores)


def test_a_call_that_fails_costs_its_own_texts_and_no_others(engine, stub):
    stub.add_response("batch_detect_sentiment", sentiments(25))
    stub.add_client_error("batch_detect_sentiment", "ThrottlingException", "slow down, said of: private words")

    ratings = engine.rate([f"text {number}" for number in range(30)])

    assert [isinstance(rating, Scores) for rating in ratings] == [True] * 25 + [False] * 5
    assert ratings[-1].code == "ThrottlingException"
    assert "private" not in ratings[-1].message


def test_languages_that_cannot_be_told_are_failures(engine, stub):
    stub.add_client_error("batch_detect_dominant_language", "InternalServerException")

    assert [rating.code for rating in engine.rate([ENGLISH])] == ["InternalServerException"]


def test_a_text_without_an_answer_failed(engine, stub):
    stub.add_response("batch_detect_sentiment", sentiments(1))

    assert [getattr(each, "code", "") for each in engine.rate(["a", "b"])] == ["", "no-answer"]


def test_an_unreachable_endpoint_is_told_without_its_address():
    def unreachable(**_):
        raise EndpointConnectionError(endpoint_url="http://internal")

    class Unreachable:
        batch_detect_sentiment = staticmethod(unreachable)

    (failure,) = ComprehendEngine(Unreachable).rate(["a"])

    assert failure.code == "unreachable"
    assert "internal" not in failure.message


def test_a_client_that_cannot_be_made_fails_every_text():
    def nowhere():
        raise NoRegionError

    assert [failure.code for failure in ComprehendEngine(nowhere).rate(["a", "b"])] == ["unreachable"] * 2


def test_the_client_is_made_once():
    made = []
    engine = ComprehendEngine(lambda: made.append(1) or Counting())

    rate_texts(engine, [f"{number} is the number of this text" for number in range(200)])
    rate_texts(engine, ["another one"])

    assert made == [1]


def test_no_texts_make_no_client():
    assert ComprehendEngine(lambda: pytest.fail("no client is needed")).rate([]) == []


class Counting:
    """Counts how many calls run at once, and what they hold."""

    def __init__(self):
        self.lock, self.running, self.most, self.sizes, self.bytes = threading.Lock(), 0, 0, [], []

    def batch_detect_dominant_language(self, *, TextList):  # noqa: N803
        return self._count(TextList, languages(*["en"] * len(TextList)))

    def batch_detect_sentiment(self, *, TextList, LanguageCode):  # noqa: N803, ARG002
        return self._count(TextList, sentiments(len(TextList)))

    def _count(self, texts, answer):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
            self.sizes.append(len(texts))
            self.bytes.append(max(len(text.encode()) for text in texts))
        time.sleep(0.005)
        with self.lock:
            self.running -= 1
        return answer


def test_calls_are_bounded_in_number_and_size():
    client = Counting()
    texts = [f"{number} is the number of this text" for number in range(210)] + ["é. " * 20_000]

    ratings = rate_texts(ComprehendEngine(lambda: client), texts)

    assert all(isinstance(rating, Scores) for rating in ratings)
    assert 1 < client.most <= CALLS_AT_ONCE
    assert max(client.sizes) == 25
    assert max(client.bytes) <= MOST_BYTES


WAITS = 60


class Hanging(Counting):
    """Answers no call that holds a certain text, until it is let go."""

    def __init__(self, text):
        super().__init__()
        self.text, self.let_go = text, threading.Event()

    def _count(self, texts, answer):
        if self.text in texts:
            self.let_go.wait(WAITS)
        return super()._count(texts, answer)


def first_done(calls, seconds):
    """Wait as if the time were up when the first call is done."""
    return concurrent.futures.wait(calls, return_when=concurrent.futures.FIRST_COMPLETED)


def test_a_call_that_hangs_costs_its_own_texts_and_no_others():
    client = Hanging("text 29")
    try:
        ratings = ComprehendEngine(lambda: client, wait=first_done).rate([f"text {number}" for number in range(30)])
    finally:
        client.let_go.set()

    assert [isinstance(rating, Scores) for rating in ratings] == [True] * 25 + [False] * 5
    assert {rating.code for rating in ratings[25:]} == {"timeout"}


def test_languages_that_hang_leave_time_to_rate_the_other_texts():
    long = [f"{number} is the number of this text" for number in range(30)]
    client, waited = Hanging(long[-1]), []

    def wait(calls, seconds):
        waited.append(seconds)
        return first_done(calls, seconds)

    try:
        ratings = ComprehendEngine(lambda: client, seconds=8.0, wait=wait, clock=iter([100.0, 105.0]).__next__).rate(
            long
        )
    finally:
        client.let_go.set()

    assert [getattr(rating, "code", "") for rating in ratings] == [""] * 25 + ["timeout"] * 5
    assert waited == [4.0, 3.0]


def test_a_service_that_never_answers_is_given_up_on():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = boto3.client(
            "comprehend",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{silent.getsockname()[1]}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(read_timeout=WAITS, retries={"total_max_attempts": 1}),
        )
        ratings = rate_texts(ComprehendEngine(lambda: client, seconds=0.1), [ENGLISH, "short one", " "])

    assert [getattr(rating, "code", "") for rating in ratings] == ["timeout", "timeout", ""]


def test_the_client_tries_again_with_jitter(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings = comprehend_client().meta.config

    assert settings.retries == {"total_max_attempts": 5, "mode": "standard"}
    assert settings.connect_timeout <= 1
