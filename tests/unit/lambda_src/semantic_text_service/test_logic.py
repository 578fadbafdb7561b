"""Each mode by a table, and that no two agree."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.modes import RULES, Mode, Sentiment
from lambda_src.semantic_text_service.criteria import Combine, Criterion
from lambda_src.semantic_text_service.embedded import EmbeddedEngine
from lambda_src.semantic_text_service.logic import Selection, transform, transform_rated
from lambda_src.semantic_text_service.masking import EMPTY
from lambda_src.semantic_text_service.rating import Failure, Scores, rate_texts
from lambda_src.shared.hashes import text_hash

TEXTS = [" Hello, you! ", "Grüße 42", "Привет, мир!", "\n"]
UNRATED = [mode for mode in Mode if mode not in RULES]

EXPECTED = {
    Mode.OFF: TEXTS,
    Mode.ROUNDTRIP: TEXTS,
    Mode.DICT: [
        ' {"type": "TEXT", "data": " Hello, you! "} ',
        '{"type": "TEXT", "data": "Grüße 42"}',
        '{"type": "TEXT", "data": "Привет, мир!"}',
        "\n",
    ],
    Mode.XXX: [" xxxxx, xxx! ", "xxxxx xx", "xxxxxx, xxx!", "\n"],
    Mode.XXX_RANDOM: [" xxxxx, xxx! ", "xxxxx xx", "Привет, мир!", "\n"],
    Mode.HASHES: [" 7999d1dcc4 ", "6e6c915e9d", text_hash("Привет, мир!"), "\n"],
    Mode.HASHES_RANDOM: [" 7999d1dcc4 ", "Grüße 42", text_hash("Привет, мир!"), "\n"],
    Mode.ABCDE_BY_SIZE: [" bbbbb, bbb! ", "aaaaa aa", "bbbbbb, bbb!", "\n"],
}

RICH = [
    "I love this wonderful place!", "I hate this terrible place!", "It was not so bad.", "It was a bit sad, I guess.",
    "The failure was a small problem.", "No problem, only a little annoying.", "A chair stands there.", "good bad",
    "Slightly bad.", "The delay was regrettable but the staff were helpful.", "Sorry for the wait.", "a" * 40,
    "b" * 200,    "They lost the keys of the house yesterday evening.",
    "Unfortunately the shop is closed.", "She was alone.", "It stops here.",
]  # fmt: skip


@pytest.fixture(scope="module")
def ratings():
    return rate_texts(EmbeddedEngine(), RICH)


@pytest.mark.parametrize("mode", UNRATED)
def test_modes_that_ask_no_engine(mode):
    assert transform(mode, TEXTS) == EXPECTED[mode]


def test_dict_shows_the_node_of_the_exact_text():
    assert json.loads(transform(Mode.DICT, ['say "hi" \\ ü'])[0]) == {"type": "TEXT", "data": 'say "hi" \\ ü'}


def test_hashes_are_those_of_the_exact_text_and_told_apart():
    assert transform(Mode.HASHES, [" a ", "a"]) == [f" {text_hash(' a ')} ", text_hash("a")]
    one, other = transform(Mode.HASHES, ["363976", "441591"])
    assert one != other
    assert one[:10] == other[:10]


@pytest.mark.parametrize("mode", [Mode.XXX_RANDOM, Mode.HASHES_RANDOM])
def test_random_modes_change_half_of_the_texts_and_always_the_same_half(mode):
    texts = [f"text number {number}" for number in range(1000)]
    full = Mode.XXX if mode is Mode.XXX_RANDOM else Mode.HASHES

    changed = transform(mode, texts)

    assert changed == transform(mode, texts)
    assert changed[::-1] == transform(mode, texts[::-1])
    assert 400 < sum(new != old for new, old in zip(changed, texts, strict=True)) < 600
    assert all(new in (old, whole) for new, old, whole in zip(changed, texts, transform(full, texts), strict=True))


def test_the_two_random_modes_choose_different_halves():
    texts = [f"text number {number}" for number in range(100)]
    halves = [
        [new != old for new, old in zip(transform(mode, texts), texts, strict=True)]
        for mode in (Mode.XXX_RANDOM, Mode.HASHES_RANDOM)
    ]
    assert halves[0] != halves[1]


@given(st.lists(st.text(), max_size=5), st.sampled_from(UNRATED))
def test_every_mode_gives_as_many_texts_and_leaves_blank_ones_alone(texts, mode):
    changed = transform(mode, texts)

    assert len(changed) == len(texts)
    assert all(new == old for new, old in zip(changed, texts, strict=True) if not old.strip())


def rated(mode, ratings, texts=RICH, **options):
    return transform_rated(mode, texts, ratings, Selection.of(mode, options.pop("rating", None), **options)).texts


@pytest.mark.parametrize(
    ("mode", "scores", "changes"),
    [
        (Mode.XXX_NEGATIVE, Scores(negative=0.05), True),
        (Mode.XXX_NEGATIVE, Scores(negative=0.049), False),
        (Mode.XXX_NEGATIVE_1, Scores(negative=0.1), True),
        (Mode.XXX_NEGATIVE_1, Scores(negative=0.09), False),
        (Mode.XXX_NEGATIVE_2, Scores(negative=0.2), True),
        (Mode.XXX_NEGATIVE_2, Scores(negative=0.19), False),
        (Mode.XXX_NEGATIVE_3, Scores(negative=0.3), True),
        (Mode.XXX_NEGATIVE_3, Scores(negative=0.29), False),
        (Mode.XXX_NEGATIVE_4, Scores(negative=0.4), True),
        (Mode.XXX_NEGATIVE_4, Scores(negative=0.39), False),
        (Mode.XXX_NEGATIVE, Scores(positive=1), False),
        (Mode.HIDE_POSITIVE, Scores(positive=0.7), True),
        (Mode.HIDE_POSITIVE, Scores(positive=0.69), False),
        (Mode.HIDE_NEUTRAL, Scores(neutral=0.6), True),
        (Mode.HIDE_NEUTRAL, Scores(neutral=0.59), False),
        (Mode.HIDE_MIXED, Scores(mixed=0.8), True),
        (Mode.HIDE_MIXED, Scores(mixed=0.79), False),
    ],
)
def test_thresholds(mode, scores, changes):
    changed = "xxx" if mode.startswith("xxx") else EMPTY * 3

    assert rated(mode, [scores], ["abc"]) == [changed if changes else "abc"]


def test_a_rating_takes_the_place_of_the_threshold():
    assert rated(Mode.HIDE_MIXED, [Scores(mixed=0.3)], ["a"], rating=0.3) == [EMPTY]
    assert rated(Mode.XXX_NEGATIVE, [Scores(negative=0.3)], ["a"], rating=0.9) == ["a"]
    assert rated(Mode.XXX_NEGATIVE, [Scores()], ["a"], rating=0.0) == ["x"]


@pytest.mark.parametrize(
    ("combine", "scores", "changes"),
    [
        (Combine.OR, Scores(negative=0.1), True),
        (Combine.OR, Scores(mixed=0.5), True),
        (Combine.OR, Scores(positive=1), False),
        (Combine.AND, Scores(negative=0.1), False),
        (Combine.AND, Scores(negative=0.1, mixed=0.5), True),
    ],
)
def test_criteria_are_combined_with_the_modes_own(combine, scores, changes):
    also = [Criterion(sentiment=Sentiment.MIXED, at_least=0.5)]

    assert rated(Mode.XXX_NEGATIVE, [scores], ["a"], also=also, combine=combine) == ["x" if changes else "a"]


def test_a_text_that_failed_stands_as_it_was_and_is_told():
    failure = Failure("ThrottlingException", "slow down")

    done = transform_rated(
        Mode.XXX_NEGATIVE, ["a", "b"], [failure, Scores(negative=1)], Selection.of(Mode.XXX_NEGATIVE, None)
    )

    assert done.texts == ["a", "x"]
    assert done.failures == {0: failure}


def test_no_two_modes_agree_on_a_rich_page(ratings):
    pages = {mode: tuple(transform(mode, RICH) if mode in UNRATED else rated(mode, ratings)) for mode in Mode}

    assert pages.pop(Mode.OFF) == pages[Mode.ROUNDTRIP] == tuple(RICH)
    assert len(set(pages.values())) == len(pages), {
        mode: page for mode, page in pages.items() if list(pages.values()).count(page) > 1
    }


def test_each_stricter_mode_masks_less(ratings):
    stricter = (Mode.XXX_NEGATIVE, Mode.XXX_NEGATIVE_1, Mode.XXX_NEGATIVE_2, Mode.XXX_NEGATIVE_3, Mode.XXX_NEGATIVE_4)
    masked = [{index for index, text in enumerate(rated(mode, ratings)) if text != RICH[index]} for mode in stricter]
    assert all(less < more for more, less in pairwise(masked))
