"""Languages of short texts."""

from __future__ import annotations

import pytest

from emulator.language.guess import languages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The house is at the end of the street.", "en"),
        ("Das Haus ist am Ende der Straße und nicht groß.", "de"),
        ("La maison est dans la rue et elle est grande.", "fr"),
        ("La casa está en la calle y es muy grande.", "es"),
        ("La casa è nella via e non è grande.", "it"),
        ("A casa não está na rua e é grande.", "pt"),
        ("Het huis is niet aan de straat.", "nl"),
        ("Дом стоит на улице.", "ru"),
        ("家は通りにあります。", "ja"),
        ("房子在街上。", "zh"),
        ("집은 거리에 있다.", "ko"),
        ("البيت في الشارع", "ar"),
        ("मकान सड़क पर है", "hi"),
    ],
)
def test_the_likeliest_language(text, expected):
    found = languages(text)

    assert found[0][0] == expected
    assert 0 < found[0][1] <= 1


def test_what_says_nothing_is_taken_for_english_without_conviction():
    ((language, likelihood),) = languages("12345")

    assert (language, likelihood < 0.5) == ("en", True)
