"""A token counts if its provider has signed it, for this audience, and its time is not over."""

from __future__ import annotations

import pytest

from emulator.tokens import Token, TokenError, padded
from tests.emulated.issuer import Issuer

NOW = 1_800_000_000.0
ISSUER = Issuer()
AUDIENCES = ["sts.amazonaws.com"]


def check(text, *, keys=None, now=NOW):
    Token.parse(text).check(keys=ISSUER.keys if keys is None else keys, audiences=AUDIENCES, now=now)


def refusal(text, **options):
    with pytest.raises(TokenError) as caught:
        check(text, **options)
    return caught.value.code, str(caught.value)


def test_a_good_token_is_believed():
    text = ISSUER.token("repo:o/r:environment:live", exp=NOW + 1)

    check(text)
    assert Token.parse(text).claims["sub"] == "repo:o/r:environment:live"
    assert Token.parse(text).issuer == "https://token.actions.githubusercontent.com"


def test_one_audience_of_several_is_enough():
    check(ISSUER.token("s", exp=NOW + 1, aud=["other", "sts.amazonaws.com"]))


@pytest.mark.parametrize(
    ("claims", "code", "words"),
    [
        ({"aud": "other"}, "InvalidIdentityToken", "Incorrect token audience"),
        ({"exp": NOW}, "ExpiredTokenException", "Token expired"),
        ({"exp": None}, "ExpiredTokenException", "Token expired"),
    ],
)
def test_claims_that_do_not_fit_are_refused(claims, code, words):
    found = refusal(ISSUER.token("s", **{"exp": NOW + 1, **claims}))

    assert found[0] == code
    assert words in found[1]


def test_a_signature_by_another_key_is_refused():
    impostor = Issuer(seed=2)
    (key,) = ISSUER.keys
    (other,) = impostor.keys

    for keys in ([], [key], [{**other, "n": key["n"]}], [{**other, "kty": "EC"}]):
        assert refusal(impostor.token("s", exp=NOW + 1), keys=keys)[0] == "InvalidIdentityToken"


def test_changed_claims_are_refused():
    head, _, signature = ISSUER.token("good", exp=NOW + 1).split(".")
    claims = ISSUER.token("evil", exp=NOW + 1).split(".")[1]

    assert refusal(f"{head}.{claims}.{signature}")[0] == "InvalidIdentityToken"


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "W10.W10.eA", "é.é.é"])
def test_what_is_no_token_is_refused(text):
    with pytest.raises(TokenError, match="not a valid JWT"):
        Token.parse(text)


def test_padding_is_that_of_the_standard():
    opened = padded(b"", 128)

    assert len(opened) == 128
    assert opened.startswith(b"\x00\x01\xff\xff")
    assert opened.endswith(bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
