"""The feeling of texts, as far as the word list knows them."""

from __future__ import annotations

import pytest

from emulator.language.sentiment import feeling


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I love this. It is wonderful!", "POSITIVE"),
        ("This is terrible, I hate it.", "NEGATIVE"),
        ("The meeting starts at ten in room four.", "NEUTRAL"),
        ("I love the screen, but the battery is awful.", "MIXED"),
        ("This is not good.", "NEGATIVE"),
        ("I don\u2019t hate it.", "POSITIVE"),
        ("", "NEUTRAL"),
        ("Das Wetter.", "NEUTRAL"),
    ],
)
def test_the_prevailing_feeling(text, name):
    assert feeling(text).name == name


def test_shares_add_up_and_are_the_same_every_time():
    found = feeling("A good day with a bad end.")

    assert found.positive + found.negative + found.neutral + found.mixed == pytest.approx(1.0)
    assert found == feeling("A good day with a bad end.")


def test_strengthening_words_strengthen():
    assert feeling("slightly good").positive < feeling("good").positive < feeling("very good").positive
