"""The emulator's front door."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from tests.emulated.test_functions import call, url_resources


def test_health_path_is_no_longer_answered_by_the_emulator(emulator):
    try:
        with urllib.request.urlopen(f"{emulator.endpoint_url}/health") as reply:
            status = reply.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code

    assert status != 200


@pytest.mark.behaviour("Lambda", "the path /health of an address reaches the function", aws=False)
def test_health_path_reaches_the_function(stack):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    _status, seen = call(f"{url}health", signed=True)

    assert seen["path"] == "/health"
