import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.cache import EXPORTS, Strategy
from lambda_src.cache_service.addresses import (
    KEYLESS,
    LEAVES,
    LONGEST_KEY,
    Address,
    check_hash,
    check_key,
    check_namespace,
    check_strategy,
    child_path,
    claim_path,
    marker_path,
    newest_first_leaf,
    numbers_path,
    prefix_of,
    prefix_of_key,
    quoted,
    temporal_leaf,
)
from lambda_src.shared.errors import InvalidInputError

UNIQUE = "0123456789abcdef" * 2
NOON = 1_795_262_400.0  # 2026-11-21T12:00:00Z
SAFE = re.compile(r"[a-z0-9-]+(/[A-Za-z0-9_-]+)+")

texts = st.text(st.characters(codec="utf-8"), max_size=60)
keys = texts.filter(bool)
strategies = st.sampled_from(Strategy)


def leaf(strategy):
    if strategy in LEAVES:
        return LEAVES[strategy](NOON, UNIQUE)
    return "0" * 64 if strategy is Strategy.DIRECT else ""


@given(strategies, keys)
def test_an_id_says_all_of_an_address(strategy, key):
    address = Address(strategy, key, leaf(strategy))
    assert Address.of_id(address.cache_id) == address
    assert Address.of_path("a", address.path("a")) == address


@given(strategies, keys)
def test_no_key_leads_out_of_its_namespace(strategy, key):
    address = Address(strategy, key, leaf(strategy))
    for path in (
        address.path("a"),
        child_path("a", address.cache_id, "0" * 16, key).replace(".", "/"),
        marker_path("a", "0" * 16, address.cache_id).replace(".", "/"),
        numbers_path("a", key),
    ):
        assert SAFE.fullmatch(path), path


@given(keys, keys)
def test_no_two_keys_meet(one, other):
    assert (one == other) == (quoted(one) == quoted(other))


@given(texts, texts)
def test_keys_that_begin_alike_lie_beside_each_other(beginning, rest):
    assert prefix_of("a", Strategy.TEMPORAL, beginning + rest).startswith(prefix_of("a", Strategy.TEMPORAL, beginning))


@given(st.text())
def test_whatever_is_no_id_is_refused(text):
    with pytest.raises(InvalidInputError):
        Address.of_id(text)


@pytest.mark.parametrize(
    "cache_id",
    [
        "key_based",
        "key_based.",
        "key_based._",  # a strategy that needs a key
        "key_based..",
        "key_based.a.b",
        "key_based._61",  # `a`, quoted without need
        "key_based._2f",
        "key_based._FF",
        "key_based.a/../b",
        "key_based.%2e%2e",
        "key_based.\u0430",  # looks like an `a`
        f"key_based.{'a' * (LONGEST_KEY + 1)}",
        "temporal.a.2026.11.21.12.0000000000",
        "temporal.a.../../../../b/secret.0",
        f"direct.a.{'0' * 63}\u0660",
        "hashes.a",
    ],
)
def test_what_no_store_gives_out_is_refused(cache_id):
    with pytest.raises(InvalidInputError) as raised:
        Address.of_id(cache_id)
    assert raised.value.code == "invalid-id"
    assert Address.of_path("a", f"a/{cache_id.replace('.', '/')}") is None


def test_entries_without_a_key():
    for strategy in KEYLESS:
        address = Address(strategy, "", leaf(strategy))
        assert address.path("a").startswith(prefix_of_key("a", strategy, ""))
        assert Address.of_id(address.cache_id) == address


def test_paths_of_entries():
    assert Address(Strategy.KEY_BASED, "news/1.html").path("a") == "a/key_based/news_2F1_2Ehtml"
    day = temporal_leaf(NOON + 61.000005, UNIQUE)
    assert Address(Strategy.TEMPORAL, "", day).path("a") == f"a/temporal/_/2026/11/21/12/0101000005-{UNIQUE}"


def test_the_newest_comes_first():
    times = [0.0, 1.0, NOON, NOON + 1e-6, 9e9]
    leaves = [newest_first_leaf(time, UNIQUE) for time in times]
    assert sorted(leaves, reverse=True) == leaves


def test_the_longest_names_fit_into_s3():
    # Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
    longest = "a" * LONGEST_KEY
    for strategy in Strategy:
        cache_id = Address(strategy, longest, leaf(strategy)).cache_id
        for path in (marker_path("n" * 63, "0" * 16, cache_id), child_path("n" * 63, cache_id, "0" * 16, "c" * 128)):
            assert len(path) <= 1024


def test_places_beside_entries_are_no_entries():
    for path in (
        marker_path("a", "0" * 16, "x"),
        child_path("a", "x", "y"),
        numbers_path("a", "x"),
        claim_path("a", "x"),
    ):
        assert Address.of_path("a", path) is None
    with pytest.raises(InvalidInputError):
        check_namespace(EXPORTS)


@pytest.mark.parametrize("name", ["", "A", "a/b", "..", "a_b", "%2e", "a" * 64, "\u0430", "a\0", "a\n"])
def test_bad_namespaces(name):
    with pytest.raises(InvalidInputError, match="namespace"):
        check_namespace(name)


@pytest.mark.parametrize("cache_hash", ["", "0" * 15, "0" * 17, "G" * 16, "../../../../../.", "0" * 15 + "\u0660"])
def test_bad_hashes(cache_hash):
    with pytest.raises(InvalidInputError, match="cache_hash"):
        check_hash(cache_hash)


def test_unknown_strategies_are_told_with_those_that_there_are():
    with pytest.raises(InvalidInputError) as raised:
        check_strategy("key-based")
    assert raised.value.details[0].allowed == "direct, temporal, temporal_latest, temporal_versioned, key_based"


@pytest.mark.parametrize("key", ["a" * (LONGEST_KEY + 1), "\u6f22" * 72, "\ud800"])
def test_keys_that_are_too_long_or_no_text(key):
    with pytest.raises(InvalidInputError, match="the key"):
        check_key(key)
    assert check_key("\u6f22" * 71)
