import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.ratings import judged
from lambda_src.semantic_text_service.topic_words import Topic
from lambda_src.semantic_text_service.topics import classify


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("The senate voted on the bill.", Topic.POLITICS),
        ("Banks raised their interest rates and investors sold shares.", Topic.BUSINESS),
        ("A moving film with a fine actress.", Topic.CULTURE),
        ("The doctor gave the patient a vaccine.", Topic.HEALTH),
        ("The striker scored two goals in the last match.", Topic.SPORT),
        ("Physicists measured the particle's energy.", Topic.SCIENCE),
        ("The battery of this phone drains while the USB port charges.", Topic.TECHNOLOGY),
        ("Our flight was late, so we took a hotel at the airport.", Topic.TRAVEL),
    ],
)
def test_plain_cases(text, topic):
    assert next(iter(classify(text))) is topic


def test_a_word_of_two_topics_counts_half_for_each():
    assert classify("energy policy") == {Topic.POLITICS: 0.5, Topic.SCIENCE: 0.5}
    assert classify("bill") == {Topic.POLITICS: 1.0}


@pytest.mark.parametrize("text", ["", " ", "lorem ipsum dolor", "東京", "12 34"])
def test_a_text_that_says_nothing_has_no_topic(text):
    assert classify(text) == {}


@pytest.mark.parametrize("word", ["party", "parties", "bank", "banks", "diagnosis", "coach", "coaches", "FILMS"])
def test_singular_and_plural(word):
    assert len(classify(word)) == 1


@pytest.mark.parametrize(
    ("name", "topic", "alone", "together"),
    [
        ("reviews", Topic.TECHNOLOGY, 0.5, 0.9),
        ("films", Topic.CULTURE, 0.5, 0.9),
        ("editorials", Topic.POLITICS, 0.15, 0.4),
    ],
)
def test_accuracy_does_not_drop(name, topic, alone, together):
    """What a sentence was taken from is what it is about: alone a third has no word for it, ten together do."""
    _, texts = judged(name)
    tens = [" ".join(texts[start : start + 10]) for start in range(0, len(texts), 10)]

    assert share(texts, topic) >= alone
    assert share(tens, topic) >= together


def share(texts, topic):
    return sum(next(iter(classify(text)), None) is topic for text in texts) / len(texts)


@given(st.text())
def test_shares_add_up_to_1(text):
    topics = classify(text)

    assert not topics or sum(topics.values()) == pytest.approx(1)
    assert list(topics.values()) == sorted(topics.values(), reverse=True)
