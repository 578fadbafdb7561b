import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambda_src.semantic_text_service.masking import EMPTY, hide, mask, mask_by_size


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Hello, World 42!", "xxxxx, xxxxx xx!"),
        ("", ""),
        (" \n\t", " \n\t"),
        ("snake_case-1.5", "xxxxx_xxxx-x.x"),
        ("Grüße, Ærø", "xxxxx, xxx"),
        ("Привет мир", "xxxxxx xxx"),
        ("日本語、漢字。", "xxx、xx。"),
        ("مرحبا، 123", "xxxxx، xxx"),
        ("שָׁלוֹם", "xxxx"),
        ("٤٢ ½ ② Ⅷ", "xx x x x"),
        ("e\u0301te\u0301", "xxx"),
        ("हिन्दी", "xxx"),
        ("می\u200cخواهم", "xxxxxxx"),  # noqa: RUF001 - other scripts are the point
        ("한국 \u1112\u1161\u11ab", "xx x"),
        ("😀 ❤\ufe0f 👩\u200d🚀", "😀 ❤\ufe0f 👩\u200d🚀"),
        ("🇩🇪 👍🏽 🏴\U000e0067\U000e0062\U000e007f", "🇩🇪 👍🏽 🏴\U000e0067\U000e0062\U000e007f"),
        ("a\u00a0b \u2013 c", "x\u00a0x \u2013 x"),
        ("ⓗⓔⓛⓛⓞ 🅷🅴🅻🅻🅾 🅗🅘 🄰⒜", "xxxxx xxxxx xx xx"),
        ("⠓⠑⠇⠇⠕⠀㊗ ㍿ ⼀⺟", "xxxxx⠀x x xx"),
        ("™ № ℃ ㉿", "™ № ℃ ㉿"),
        ("𝒜𝕓 𐍈", "xx x"),  # noqa: RUF001 - other scripts are the point
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


SIGNS = "℀℁℃℅℆℉№℠℡™℻" + "\U0001f16a\U0001f16b\U0001f16c\U0001f190"
"""Made of letters, and none."""


def is_visible_letter(character):
    """By what Unicode says of a character, and not by what Python's expressions take for a letter."""
    category = unicodedata.category(character)
    if category != "So" or character in SIGNS:
        return category[0] in "LN"
    means = unicodedata.normalize("NFKC", character)
    return LETTER_BY_NAME.match(unicodedata.name(character)) or any(
        unicodedata.category(each)[0] in "LN" for each in means
    )


LETTER_BY_NAME = re.compile(
    "NEGATIVE (CIRCLED|SQUARED) LATIN|BRAILLE PATTERN DOTS|(CJK|KANGXI) RADICAL|IDEOGRAPHIC ANNOTATION (?!LINK|REVERSE)"
)


def test_each_symbol_is_a_letter_or_is_kept():
    symbols = [each for each in map(chr, range(0x110000)) if unicodedata.category(each)[0] == "S"]
    assert [each for each in symbols if mask(each) != ("x" if is_visible_letter(each) else each)] == []


@given(st.text())
def test_masking_leaves_no_letter_and_keeps_everything_between_letters(text):
    masked = mask(text)

    assert {each for each in masked if is_visible_letter(each)} <= {"x"}
    assert mask(masked) == masked
    assert kept(masked) == kept(text)


def kept(text):
    """What is neither letter nor stands on one: punctuation, space, symbols, emoji."""
    marks = {each for each in text if unicodedata.category(each)[0] in "MC"}
    return [each for each in text if not is_visible_letter(each) and each not in marks]


@example("0\u1160")
@given(st.text(st.characters(categories=["L", "N", "P", "Z", "S"])))
def test_without_marks_a_text_keeps_its_very_length(text):
    # The rest of a syllable goes with its beginning.
    assert len(mask(text)) >= len(text) - len(re.findall("[\u1160-\u11ff\ud7b0-\ud7fb]", text))
    assert len(hide(text)) == len(text)


@given(st.text(min_size=1))
def test_a_letter_in_front_is_always_one_letter(text):
    assert mask("é" + " " + text)[:2] == "x "


def test_long_texts_are_masked_whole():
    assert mask("é" * 20_000) == "x" * 20_000
    assert mask("e\u0301" * 20_000) == "x" * 20_000


@pytest.mark.parametrize(
    ("length", "letter"),
    [(1, "a"), (10, "a"), (11, "b"), (25, "b"), (26, "c"), (60, "c"), (61, "d"), (150, "d"), (151, "e"), (9999, "e")],
)
def test_five_groups_by_length(length, letter):
    assert mask_by_size("ж" * length) == letter * length
    assert mask_by_size("  " + "W" * length + "\n") == "  " + letter * length + "\n"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Good, really 1!", "_____ ______ __"),
        ("  two\nlines ", "  ___\n_____ "),
        ("日本 👍🏽", "__ __"),
        ("e\u0301te\u0301 ❤\ufe0f", "___ _"),
        ("", ""),
    ],
)
def test_hidden_text_is_space_of_the_same_length(text, hidden):
    assert hide(text) == hidden.replace("_", EMPTY)


@given(st.text())
def test_nothing_hidden_can_be_read(text):
    assert hide(text).isspace() or not hide(text)
