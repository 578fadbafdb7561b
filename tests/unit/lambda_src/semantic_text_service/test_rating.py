import pytest

from contract.modes import Sentiment
from lambda_src.semantic_text_service.rating import NOTHING_SAID, Failure, Scores, batches, rate_texts
from tests.unit.lambda_src.semantic_text_service.engines import FakeEngine


def test_shares_by_sentiment():
    scores = Scores(positive=0.1, negative=0.2, neutral=0.3, mixed=0.4)

    assert [scores.of(each) for each in Sentiment] == [0.1, 0.2, 0.3, 0.4]


def test_each_different_text_is_rated_once_and_a_blank_one_never():
    engine = FakeEngine()

    ratings = rate_texts(engine, ["negative .3", "", " \n", "negative .3", "positive .9"])

    assert engine.asked == [["negative .3", "positive .9"]]
    assert [rating.negative for rating in ratings] == [0.3, 0, 0, 0.3, 0]
    assert ratings[1] == ratings[2] == NOTHING_SAID


def test_nothing_to_rate_asks_nothing():
    engine = FakeEngine()

    assert rate_texts(engine, []) == []
    assert rate_texts(engine, [" "]) == [NOTHING_SAID]
    assert engine.asked == []


def test_a_long_text_is_rated_as_a_whole_by_the_length_of_its_pieces():
    engine = FakeEngine(most_bytes=40)
    sad, long_good = "negative 1 .", " positive 1 and twice as long  ."

    (rating,) = rate_texts(engine, [sad + long_good])

    assert engine.asked == [[sad, long_good]]
    assert rating.negative == pytest.approx(len(sad) / len(sad + long_good))
    assert rating.positive == pytest.approx(len(long_good) / len(sad + long_good))
    assert rating.negative + rating.positive + rating.neutral + rating.mixed == pytest.approx(1)


def test_a_text_over_5000_bytes_is_rated():
    engine = FakeEngine()

    ratings = rate_texts(engine, ["negative .5. " * 1000, "positive .5"])

    assert all(len(piece.encode()) <= 5000 for piece in engine.asked[0])
    assert [type(rating) for rating in ratings] == [Scores, Scores]


def test_a_text_of_which_a_piece_fails_fails_and_no_other():
    ratings = rate_texts(FakeEngine(most_bytes=12), ["negative .5. fails. negative .5.", "positive .5", "fails"])

    assert [type(rating) for rating in ratings] == [Failure, Scores, Failure]


def test_batches():
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []
