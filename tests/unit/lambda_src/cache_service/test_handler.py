import importlib
import json
import sys

import pytest

from contract import environment

MODULE = "lambda_src.cache_service.handler"


@pytest.fixture
def status(monkeypatch):
    """Return a function that starts the service as Lambda does and returns what it tells about itself."""
    monkeypatch.setenv(environment.CACHE_BUCKET, "bucket")
    monkeypatch.setenv(environment.CACHE_TTL_SECONDS, "60")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    # Without credentials of its own the client would ask the metadata service for some.
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    def start(valkey=""):
        monkeypatch.setenv(environment.CACHE_VALKEY, valkey)
        monkeypatch.delitem(sys.modules, MODULE, raising=False)
        handler = importlib.import_module(MODULE).handler
        http = {"method": "GET", "path": "/info/status"}
        context = {"http": http, "requestId": "1", "stage": "$default"}
        reply = handler({"rawPath": http["path"], "headers": {}, "requestContext": context}, None)
        assert reply["statusCode"] == 200
        return json.loads(reply["body"])

    return start


def test_handler_is_wired_from_the_environment(status):
    told = status()

    assert told["service"] == "cache-service"
    assert told["facts"]["ttl_seconds"] == 60
    assert told["facts"]["backend"] == "s3"


def test_with_valkey_it_starts_before_that_can_be_reached(status):
    assert status("cache.example:6379")["facts"]["backend"] == "valkey"
