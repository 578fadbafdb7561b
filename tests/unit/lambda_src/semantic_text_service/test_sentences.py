import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_src.semantic_text_service.sentences import size, split


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("", 10, [""]),
        ("short", 5, ["short"]),
        ("One. Two. Three.", 10, ["One. Two.", " Three."]),
        ("Really?! Yes.", 10, ["Really?!", " Yes."]),
        ('He said "no." Then.', 15, ['He said "no."', " Then."]),
        ("line\nother", 7, ["line\n", "other"]),
        ("version 3.14 is out", 10, ["version ", "3.14 is ", "out"]),
        ("雨。雪。風。", 14, ["雨。雪。", "風。"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("ééé", 5, ["éé", "é"]),
        ("😀😀", 7, ["😀", "😀"]),
    ],
)
def test_texts_are_cut_at_sentences_else_words_else_characters(text, most, pieces):
    assert split(text, most) == pieces


@given(st.text(), st.integers(4, 40))
def test_pieces_fit_and_make_the_text(text, most):
    pieces = split(text, most)

    assert "".join(pieces) == text
    assert all(size(piece) <= most for piece in pieces)
    assert all(pieces) or not text


def test_half_a_surrogate_pair_does_not_stop_it():
    assert split("\ud800" * 9, 4) == ["\ud800" * 4, "\ud800" * 4, "\ud800"]


@pytest.mark.parametrize("text", ["a" * 500_000, ". " * 250_000, ".\n" + "x" * 499_998, "é " * 200_000])
def test_long_texts_of_any_form_are_cut(text):
    assert "".join(split(text, 1000)) == text
