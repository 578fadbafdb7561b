"""Settings of the cache: Valkey's only count with Valkey."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.models import Cache, CacheBackend


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"backend": "redis"}, "valkey"),
        ({"valkey": {"data_maximum_gb": 9}}, "backend is s3, which has no Valkey"),
        ({"backend": "valkey", "valkey": {"data_maximum_gb": 0}}, "1"),
        ({"backend": "valkey", "valkey": {"ecpu_per_second_maximum": 999}}, "1000"),
        ({"backend": "valkey", "valkey": {"snapshot_retention_days": 36}}, "35"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        Cache(**values)


def test_the_bucket_alone_unless_something_else_is_said():
    assert Cache().backend is CacheBackend.S3
    assert Cache(backend="valkey").valkey.snapshot_retention_days == 0
