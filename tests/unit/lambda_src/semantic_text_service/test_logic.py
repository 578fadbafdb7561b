import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.modes import Mode
from lambda_src.semantic_text_service.logic import mask, transform


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
        ("٤٢ ½ ② Ⅷ", "xx x x x"),
        ("e\u0301te", "xxxx"),
        ("हिन्दी", "xxxxxx"),
        ("😀 ❤\ufe0f 👩\u200d🚀", "😀 ❤\ufe0f 👩\u200d🚀"),
        ("🇩🇪 👍🏽", "🇩🇪 👍🏽"),
        ("a\u00a0b \u2013 c", "x\u00a0x \u2013 x"),
    ],
)
def test_mask(text, masked):
    assert mask(text) == masked


@given(st.text())
def test_mask_keeps_length_and_is_final(text):
    masked = mask(text)
    assert len(masked) == len(text)
    assert mask(masked) == masked
    assert all(new in ("x", old) for old, new in zip(text, masked, strict=True))


@given(st.text())
def test_mask_leaves_no_letter_or_digit_but_x(text):
    assert not [character for character in mask(text) if character.isalnum() and character != "x"]


def test_long_text_is_masked_whole():
    assert mask("é" * 20_000) == "x" * 20_000


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.ROUNDTRIP])
def test_modes_that_change_nothing(mode):
    assert transform(mode, ["a", "b 1"]) == ["a", "b 1"]


def test_texts_keep_their_order():
    assert transform(Mode.XXX, ["ab", "", "c!"]) == ["xx", "", "x!"]
