"""Sentiment and language of texts."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.faults.client import injected
from lambda_src.semantic_text_service.comprehend import ComprehendEngine, comprehend_client
from lambda_src.semantic_text_service.rating import Failure, Scores, rate_texts


@pytest.mark.behaviour("Comprehend", "plainly positive, negative and neutral texts are told apart")
def test_sentiment(client):
    comprehend = client("comprehend")
    texts = {
        "POSITIVE": "I love this. It is wonderful, thank you!",
        "NEGATIVE": "This is terrible and useless. I hate it.",
        "NEUTRAL": "The meeting takes place in room four at ten.",
    }

    for expected, text in texts.items():
        found = comprehend.detect_sentiment(Text=text, LanguageCode="en")
        assert found["Sentiment"] == expected
        assert sum(found["SentimentScore"].values()) == pytest.approx(1.0, abs=0.01)


@pytest.mark.behaviour("Comprehend", "a batch answers each text under its index")
def test_a_batch(client):
    comprehend = client("comprehend")
    texts = ["I love this. It is wonderful!", "This is terrible. I hate it."]

    found = comprehend.batch_detect_sentiment(TextList=texts, LanguageCode="en")

    assert {each["Index"]: each["Sentiment"] for each in found["ResultList"]} == {0: "POSITIVE", 1: "NEGATIVE"}
    assert found["ErrorList"] == []


@pytest.mark.behaviour("Comprehend", "more than 25 texts are refused, and a text of more than 5,000 bytes")
def test_limits(client):
    comprehend = client("comprehend")

    with pytest.raises(comprehend.exceptions.BatchSizeLimitExceededException):
        comprehend.batch_detect_sentiment(TextList=["a"] * 26, LanguageCode="en")
    with pytest.raises(comprehend.exceptions.TextSizeLimitExceededException, match="5000 bytes"):
        comprehend.detect_sentiment(Text="ä" * 2501, LanguageCode="en")
    assert comprehend.detect_sentiment(Text="ä" * 2500, LanguageCode="en")["Sentiment"]


def test_a_text_that_is_too_large_does_not_fail_the_others(client):
    found = client("comprehend").batch_detect_sentiment(TextList=["good", "a" * 5001], LanguageCode="en")

    assert [each["Index"] for each in found["ResultList"]] == [0]
    assert [(each["Index"], each["ErrorCode"]) for each in found["ErrorList"]] == [(1, "TEXT_SIZE_LIMIT_EXCEEDED")]


@pytest.mark.behaviour("Comprehend", "the dominant language of a text is found, alone and in a batch")
def test_languages(client):
    comprehend = client("comprehend")
    texts = {
        "en": "The house at the end of the street is for sale, and it has been for a year.",
        "de": "Das Haus am Ende der Straße ist seit einem Jahr zu verkaufen und nicht teuer.",
        "ja": "通りの端にある家は一年前から売りに出されています。",
    }

    batch = comprehend.batch_detect_dominant_language(TextList=list(texts.values()))["ResultList"]

    assert [each["Languages"][0]["LanguageCode"] for each in batch] == list(texts)
    single = comprehend.detect_dominant_language(Text=texts["de"])["Languages"][0]
    assert (single["LanguageCode"], single["Score"] > 0.5) == ("de", True)


@pytest.mark.behaviour("Comprehend", "a language that it does not support is refused")
def test_an_unsupported_language(client):
    comprehend = client("comprehend")
    refused = (comprehend.exceptions.UnsupportedLanguageException, comprehend.exceptions.InvalidRequestException)

    with pytest.raises((*refused, comprehend.exceptions.ClientError), match="fi"):
        comprehend.detect_sentiment(Text="hyvä", LanguageCode="fi")


@pytest.mark.difference(
    "Comprehend",
    aws="models judge texts in twelve languages",
    here="some 200 English words do, so other languages are neutral; the same text always gets the same scores",
)
def test_other_languages_are_neutral(client):
    found = client("comprehend").detect_sentiment(Text="Das ist wunderbar, ich liebe es!", LanguageCode="de")

    assert found["Sentiment"] == "NEUTRAL"


@pytest.mark.behaviour("Comprehend", "no text, an empty text and a missing language are refused")
@pytest.mark.parametrize(
    "request_body",
    [{"LanguageCode": "en"}, {"TextList": [], "LanguageCode": "en"}, {"TextList": [""], "LanguageCode": "en"},
     {"TextList": ["a"]}],
)  # fmt: skip
def test_empty_requests(client, request_body):
    comprehend = client("comprehend")
    comprehend.meta.events.register("before-call.comprehend", lambda params, **_: params.update(
        body=json.dumps(request_body).encode()
    ))  # fmt: skip

    with pytest.raises(ClientError, match=r"ValidationException|InvalidRequestException"):
        comprehend.batch_detect_sentiment(TextList=["a"], LanguageCode="en")


@pytest.fixture
def engine(emulator, monkeypatch):
    """The engine of the semantic text service, with the very client that it makes in a function."""
    for name, value in {
        "AWS_ENDPOINT_URL": emulator.endpoint_url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    return ComprehendEngine(comprehend_client)


def test_our_engine_rates_texts_of_any_number_and_length(engine):
    good, bad = "I love this. It is wonderful!", "This is terrible. I hate it."
    long = "This is terrible and useless. " * 400
    texts = [good, bad, *(f"The train of {hour} o'clock leaves from platform four." for hour in range(60)), long]

    ratings = rate_texts(engine, texts)

    assert all(isinstance(rating, Scores) for rating in ratings)
    assert ratings[0].positive > 0.5
    assert ratings[1].negative > 0.5
    assert ratings[-1].negative > 0.5


def test_our_engine_tells_of_a_language_that_comprehend_does_not_rate(engine):
    russian, english = "Поезд отправляется через четыре минуты.", "The train leaves from platform four."

    failed, rated = rate_texts(engine, [russian, english])

    assert failed.code == "unsupported-language"
    assert isinstance(rated, Scores)


def test_our_engine_tries_again_when_it_is_throttled(engine, emulator):
    with injected(emulator, "throttle", service="comprehend", action="BatchDetectSentiment", times=1) as fault:
        (rating,) = rate_texts(engine, ["I love this. It is wonderful!"])

        assert isinstance(rating, Scores)
        assert fault.hits == 1


def test_texts_of_a_call_that_stays_throttled_fail_and_no_others(emulator, engine):
    once = Config(retries={"total_max_attempts": 1})
    impatient = ComprehendEngine(lambda: boto3.client("comprehend", config=once))

    with injected(emulator, "throttle", service="comprehend", action="BatchDetectSentiment", times=1):
        ratings = rate_texts(impatient, [f"{number}, a text" for number in range(50)])

    failures = [rating for rating in ratings if isinstance(rating, Failure)]
    assert len(failures) == 25
    assert {failure.code for failure in failures} <= {"ThrottlingException", "TooManyRequestsException"}
