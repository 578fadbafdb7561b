import pytest

from contract import environment
from lambda_src.cache_service.settings import LONGEST_TTL, CacheSettings
from lambda_src.shared.settings import SettingsError


def test_read():
    variables = {environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: "60"}
    assert CacheSettings.read(variables) == CacheSettings("bucket", 60)


@pytest.mark.parametrize("ttl", ["0", str(LONGEST_TTL + 1), "soon"])
def test_bad_ttl(ttl):
    with pytest.raises(SettingsError, match=environment.CACHE_TTL_SECONDS):
        CacheSettings.read({environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: ttl})


def test_missing_bucket():
    with pytest.raises(SettingsError, match=environment.CACHE_BUCKET):
        CacheSettings.read({environment.CACHE_TTL_SECONDS: "60"})


def test_valkey_is_known_where_there_is_one():
    variables = {environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: "60"}
    assert CacheSettings.read(variables | {environment.CACHE_VALKEY: "host:6379"}).valkey == "host:6379"
    assert CacheSettings.read(variables).valkey is None


@pytest.mark.parametrize("endpoint", ["host", ":6379", "host:", "host:port"])
def test_bad_endpoint(endpoint):
    variables = {environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: "60"}
    with pytest.raises(SettingsError, match=f"{environment.CACHE_VALKEY}.*host:port"):
        CacheSettings.read(variables | {environment.CACHE_VALKEY: endpoint})
