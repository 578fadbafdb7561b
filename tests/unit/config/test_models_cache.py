"""Settings of the cache: Valkey's only count with Valkey, and quotas have to reach the function."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.models import Cache, CacheBackend
from contract.quotas import Quota


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"backend": "redis"}, "valkey"),
        ({"valkey": {"data_maximum_gb": 9}}, "backend is s3, which has no Valkey"),
        ({"backend": "valkey", "valkey": {"data_maximum_gb": 0}}, "1"),
        ({"backend": "valkey", "valkey": {"ecpu_per_second_maximum": 999}}, "1000"),
        ({"backend": "valkey", "valkey": {"snapshot_retention_days": 36}}, "35"),
        ({"quotas": {"Shop": {}}}, "must be a namespace of the cache, like pages"),
        ({"quotas": {"shop": {"megabytes": 0}}}, "greater than or equal to 1"),
        ({"quotas": {"shop": {"entries": 100_001}}}, "less than or equal to 100000"),
        ({"quotas": {f"{number}{'x' * 62}": {} for number in range(6)}}, r"take \d+ characters.*400; name fewer"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        Cache(**values)


def test_the_bucket_alone_unless_something_else_is_said():
    assert Cache().backend is CacheBackend.S3
    assert Cache(backend="valkey").valkey.snapshot_retention_days == 0


def test_every_namespace_but_the_proxys_has_a_quota_unless_it_is_taken_away():
    by_default = Cache().all_quotas
    assert (by_default.of("shop"), by_default.of("pages")) == (Quota(1000, 10_000), None)

    said = Cache(quotas={"shop": {"entries": 5}, "pages": {"megabytes": 7}}, default_quota=None).all_quotas
    assert [said.of(name) for name in ("shop", "pages", "other")] == [Quota(1000, 5), Quota(7, 10_000), None]
