import pytest

from bench.ratings import PUBLISHED, f1, judged


def test_all_right_is_one_and_all_wrong_is_none():
    assert f1([2, -2, 0], [1, -1, 0]) == pytest.approx(1)
    assert f1([2, -2, 0], [-1, 0, 1]) == 0


def test_classes_count_by_their_size():
    people, told = [1, 1, 1, -1], [1, 1, -1, -1]

    assert f1(people, told) == pytest.approx(0.75 * (4 / 5) + 0.25 * (2 / 3))


def test_the_line_is_at_a_twentieth():
    assert f1([1, -1, 0, 0], [0.05, -0.05, 0.049, -0.049]) == pytest.approx(1)


@pytest.mark.parametrize("name", PUBLISHED)
def test_texts_are_there(name):
    people, texts = judged(name)

    assert len(people) == len(texts) > 150
    assert all(-4 <= said <= 4 for said in people)
    assert all(text.strip() for text in texts)
