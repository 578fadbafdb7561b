"""Settings survive their journey through an SSM parameter."""

import dataclasses
import json

import pytest

from contract.proxy_settings import ProxySettings

SETTINGS = ProxySettings(
    environment="local",
    version="1",
    default_mode="xxx",
    proxy_port=8080,
    health_port=8081,
    admin_port=8082,
    processes=1,
    memory_percent=60,
    drain_seconds=0.0,
    function_timeout_seconds=2.0,
    fail_closed=False,
    max_page_bytes=4_000_000,
    cache_ttl_seconds=60,
    statistics_interval_seconds=1.5,
    allowed_client_networks=("10.0.0.0/8", "192.0.2.0/24"),
    authentication_required=False,
    authentication_failures_per_minute=10,
    client_requests_per_second=0,
    allowed_destination_networks=(),
    allowed_destination_ports=(80, 443),
    allowed_destination_hosts=(),
    blocked_destination_hosts=(),
)


def test_what_is_written_is_read() -> None:
    assert ProxySettings.from_json(SETTINGS.to_json()) == SETTINGS


def test_the_same_settings_give_the_same_text() -> None:
    assert SETTINGS.to_json() == dataclasses.replace(SETTINGS).to_json()
    assert list(json.loads(SETTINGS.to_json())) == sorted(json.loads(SETTINGS.to_json()))


def test_the_text_fits_a_standard_parameter() -> None:
    assert len(SETTINGS.to_json()) < 4096


def test_an_unknown_or_missing_key_is_refused() -> None:
    values = json.loads(SETTINGS.to_json())

    with pytest.raises(TypeError, match="proxy_colour"):
        ProxySettings.from_json(json.dumps(values | {"proxy_colour": "red"}))
    with pytest.raises(TypeError, match="proxy_port"):
        ProxySettings.from_json(json.dumps({key: values[key] for key in values if key != "proxy_port"}))


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON object|Expecting"):
        ProxySettings.from_json(text)
