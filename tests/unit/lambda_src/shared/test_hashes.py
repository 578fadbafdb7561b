import hashlib

from hypothesis import given
from hypothesis import strategies as st

from lambda_src.shared.hashes import DIGITS, text_hash, text_hashes

# Two different texts whose MD5 begin with the same ten hexadecimal digits, found by trying.
TWINS = ("363976", "441591")


def test_a_hash_is_the_beginning_of_md5():
    assert text_hash("Grüße") == hashlib.md5("Grüße".encode(), usedforsecurity=False).hexdigest()[:10]
    assert len(text_hash("")) == DIGITS


@given(st.lists(st.text(max_size=3)))
def test_equal_texts_have_equal_hashes_and_different_ones_different(texts):
    found = text_hashes(texts)

    assert len(set(zip(texts, found, strict=True))) == len(set(found)) == len(set(texts))


def test_colliding_texts_are_told_apart():
    one, other = TWINS
    assert text_hash(one) == text_hash(other)

    found = text_hashes([one, other, one])

    assert found[0] == found[2] == text_hash(one)
    assert found[1].startswith(text_hash(other))
    assert found[1] != found[0]


def test_half_a_surrogate_pair_has_a_hash():
    assert len(text_hash("\ud800")) == DIGITS
