import pytest

from contract import environment
from contract.quotas import Quota, Quotas
from lambda_src.cache_service.settings import LONGEST_TTL, CacheSettings
from lambda_src.shared.settings import SettingsError


def test_read():
    variables = {environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: "60"}
    assert CacheSettings.read(variables) == CacheSettings("bucket", 60)


def test_longest_ttl_and_quotas():
    variables = {environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: "60"}
    told = variables | {environment.CACHE_LONGEST_TTL_SECONDS: "600", environment.CACHE_QUOTAS: "*=1/2"}
    assert CacheSettings.read(told) == CacheSettings("bucket", 60, 600, Quotas({}, Quota(1, 2)))


@pytest.mark.parametrize(
    ("name", "value"), [(environment.CACHE_LONGEST_TTL_SECONDS, "0"), (environment.CACHE_QUOTAS, "a=b")]
)
def test_what_cannot_be_read_is_named(name, value):
    variables = {environment.CACHE_BUCKET: "bucket", environment.CACHE_TTL_SECONDS: "60", name: value}
    with pytest.raises(SettingsError, match=name):
        CacheSettings.read(variables)


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
