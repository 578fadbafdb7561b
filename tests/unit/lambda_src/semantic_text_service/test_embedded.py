import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from bench.ratings import f1, judged
from contract.modes import ENGINE_VERSIONS, Engine
from lambda_src.semantic_text_service.embedded import EmbeddedEngine, linear_vader, to_scores
from lambda_src.semantic_text_service.rating import rate_texts

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def engine():
    return EmbeddedEngine()


@pytest.fixture(scope="module")
def published():
    return SentimentIntensityAnalyzer()


@pytest.fixture(scope="module")
def linear():
    return linear_vader()


@pytest.mark.parametrize(
    ("name", "lowest"), [("tweets", 0.945), ("reviews", 0.63), ("films", 0.565), ("editorials", 0.545)]
)
def test_accuracy_does_not_drop(engine, name, lowest):
    """F1 of telling positive, negative and neutral apart; published are 0.96, 0.63, 0.61 and 0.55."""
    people, texts = judged(name)
    told = [scores.positive - scores.negative for scores in rate_texts(engine, texts)]

    assert f1(people, told) >= lowest


def test_ratings_follow_those_of_people(engine):
    people, texts = judged("tweets")
    ours = [scores.positive - scores.negative for scores in rate_texts(engine, texts)]

    assert statistics.correlation(people, ours) >= 0.86


def test_results_are_those_of_the_published_program(linear, published):
    for name in ("tweets", "editorials"):
        for text in judged(name)[1]:
            assert linear.polarity_scores(text) == published.polarity_scores(text), text


RULES = "good bad no not never so this without doubt but least at very kind of the shit BAD Good 😀 or x"
WORDS = st.sampled_from(RULES.split())


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_every_rule_sees_the_same_words(linear, published, text):
    assert linear.polarity_scores(text) == published.polarity_scores(text)


@pytest.mark.parametrize(
    ("text", "prevailing"),
    [
        ("I love this, it is wonderful!", "positive"),
        ("This is terrible and useless. I hate it.", "negative"),
        ("The meeting is in room four at ten.", "neutral"),
        ("Not good at all", "negative"),
        ("I like the room, but it is horrible and noisy", "negative"),
        ("No problem, only a little annoying.", "mixed"),
        ("😀", "positive"),
        (":(", "negative"),
        ("Das Treffen ist um zehn.", "neutral"),
    ],
)
def test_plain_cases(engine, text, prevailing):
    (scores,) = engine.rate([text])

    assert (scores.positive >= 0.05, scores.negative >= 0.05, scores.mixed >= 0.8) == (
        prevailing == "positive", prevailing == "negative", prevailing == "mixed"
    )  # fmt: skip


def test_a_hash_is_not_sold_as_a_feeling(engine):
    """Meaningless texts that differ have no feeling that differs: nothing is made up from their bytes."""
    assert len({*engine.rate([f"zqx{number} wvb{number * 7}" for number in range(200)])}) == 1


@given(st.text(max_size=200))
def test_any_text_has_shares_that_add_up_to_1(engine, text):
    (scores,) = rate_texts(engine, [text])

    assert sum(vars(scores).values()) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in vars(scores).values())


@pytest.mark.parametrize("text", [f"bad{' bad' * 12_000}", "good but bad " * 4000, "no bad " * 7000, "😀" * 13_000])
def test_hostile_texts_are_rated(engine, text):
    (scores,) = rate_texts(engine, [text])

    assert sum(vars(scores).values()) == pytest.approx(1)


def test_negative_begins_where_vader_draws_its_line():
    assert to_scores(positive=0.0, negative=0.2, compound=-0.05).negative == 0.05
    assert to_scores(positive=0.1, negative=0.1, compound=0.0).mixed == 1
    assert to_scores(positive=0.0, negative=0.0, compound=0.0).neutral == 1


def test_version_is_that_of_the_locked_package():
    lock = (ROOT / "lambda_src" / "requirements.txt").read_text()

    assert ENGINE_VERSIONS[Engine.EMBEDDED].startswith("vader-3.3.2-")
    assert "vadersentiment==3.3.2" in lock
