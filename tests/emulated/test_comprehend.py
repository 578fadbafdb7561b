"""Sentiment and language of texts."""

from __future__ import annotations

import pytest


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
