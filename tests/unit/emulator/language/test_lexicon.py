"""The word list."""

from __future__ import annotations

from emulator.language.lexicon import NEGATIONS, NEGATIVE, POSITIVE, STRONGER, WEAKER


def test_no_word_says_two_things():
    kinds = [POSITIVE.keys(), NEGATIVE.keys(), NEGATIONS, STRONGER, WEAKER]

    assert len(frozenset().union(*kinds)) == sum(len(kind) for kind in kinds)


def test_strengths_are_within_bounds():
    assert all(1 <= strength <= 4 for strength in (*POSITIVE.values(), *NEGATIVE.values()))
