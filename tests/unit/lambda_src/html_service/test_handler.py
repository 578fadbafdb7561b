import importlib
import sys

import pytest

from contract import environment
from lambda_src.shared.settings import SettingsError

HANDLER = "lambda_src.html_service.handler"


def load(monkeypatch):
    monkeypatch.delitem(sys.modules, HANDLER, raising=False)
    return importlib.import_module(HANDLER).handler


def test_handler_answers_health(monkeypatch):
    monkeypatch.setenv(environment.SEMANTIC_TEXT_SERVICE_URL, "http://127.0.0.1:1/")
    event = {
        "rawPath": "/info/health",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/info/health"}, "requestId": "1", "stage": "$default"},
    }
    reply = load(monkeypatch)(event, None)
    assert reply["statusCode"] == 200
    assert '"html-service"' in reply["body"]


def test_it_does_not_start_without_whom_to_ask(monkeypatch):
    monkeypatch.delenv(environment.SEMANTIC_TEXT_SERVICE_URL, raising=False)
    with pytest.raises(SettingsError, match=environment.SEMANTIC_TEXT_SERVICE_URL):
        load(monkeypatch)
