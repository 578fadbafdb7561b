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
