"""The runtime folder, and the judgement of settings."""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path

import pytest

from contract.components import Function
from contract.fleet_settings import FleetSettings
from contract.modes import Mode
from contract.proxy_settings import ProxySettings
from slipway_proxy.runtime import (
    Runtime,
    RuntimeFolderError,
    directory_from,
    keep_fleet_settings,
    kept_fleet_settings,
    port_file,
    problems,
    read_certificate,
    write_file,
)

SETTINGS = ProxySettings(
    environment="test",
    version="1",
    default_mode="xxx",
    proxy_port=8080,
    health_port=8081,
    admin_port=8082,
    processes=1,
    memory_percent=60,
    drain_seconds=150.0,
    function_timeout_seconds=2.0,
    fail_closed=False,
    max_page_bytes=1000,
    cache_ttl_seconds=60,
    statistics_interval_seconds=1.0,
    allowed_client_networks=("10.0.0.0/8",),
    authentication_required=False,
    authentication_failures_per_minute=10,
    client_requests_per_second=0,
    allowed_destination_networks=(),
    allowed_destination_ports=(80, 443),
    allowed_destination_hosts=(),
    blocked_destination_hosts=(),
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    urls = {Function.HTML_SERVICE: "https://html.test/"}
    values = Runtime(SETTINGS, urls, "i-1", "eu-central-1", "/slipway/test", "group", 2, 1 << 28, "arn:users")
    values.write(tmp_path)
    assert Runtime.read(tmp_path) == values


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFolderError, match="No such file or directory; run slipway-boot first"):
        Runtime.read(tmp_path / "nothing")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"settings": {}, "functions": {}}', "null"])
def test_a_malformed_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(RuntimeFolderError, match="is not what this version understands"):
        Runtime.read(tmp_path)


def test_the_certificate_is_read_or_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RuntimeFolderError, match=r"mitmproxy-ca-cert.pem: No such .*; run slipway-boot first"):
        read_certificate(tmp_path)
    (tmp_path / "mitmproxy-ca-cert.pem").write_text("PEM\n")
    assert read_certificate(tmp_path) == "PEM\n"


def test_a_file_never_has_looser_permissions_than_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    write_file(path, "new", 0o600)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_the_environment_may_move_the_folder() -> None:
    assert directory_from({}) == Path("/run/slipway")
    assert directory_from({"SLIPWAY_RUNTIME_DIRECTORY": ""}) == Path("/run/slipway")
    assert directory_from({"SLIPWAY_RUNTIME_DIRECTORY": "/some/where"}) == Path("/some/where")


def test_each_process_has_a_file_of_its_own() -> None:
    assert port_file(2) == "proxy-2.port"


def test_good_settings_have_no_problems() -> None:
    assert list(problems(SETTINGS)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"default_mode": "yyy"}, f"default_mode is 'yyy', allowed are {', '.join(Mode)}"),
        ({"proxy_port": 1023}, "proxy_port is 1023, allowed are 1024 to 65535"),
        ({"admin_port": 65536}, "admin_port is 65536"),
        ({"function_timeout_seconds": 0}, "function_timeout_seconds is 0, it must be more than 0"),
        ({"max_page_bytes": -1}, "max_page_bytes is -1"),
        ({"processes": -1}, "processes is -1, it must not be less than 0"),
        ({"drain_seconds": -0.5}, "drain_seconds is -0.5"),
        ({"statistics_interval_seconds": 0.0}, "statistics_interval_seconds is 0.0"),
        ({"allowed_client_networks": ("everyone",)}, "allowed_client_networks holds 'everyone', which is no CIDR"),
        ({"allowed_destination_networks": ("10.0.0.1/8",)}, "allowed_destination_networks holds '10.0.0.1/8'"),
    ],
)
def test_each_problem_names_the_bad_value(change: dict[str, object], words: str) -> None:
    (problem,) = problems(dataclasses.replace(SETTINGS, **change))
    assert words in problem


def test_a_process_finds_the_newest_fleet_settings_that_any_before_it_knew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert kept_fleet_settings(tmp_path) == FleetSettings()
    newest = FleetSettings(3, "off", ("ads.example",), {"hide-mixed": 0.5})
    keep_fleet_settings(tmp_path, 1, newest)
    keep_fleet_settings(tmp_path, 2, FleetSettings(2))
    assert kept_fleet_settings(tmp_path) == newest
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    (tmp_path / "fleet-settings-3.json").write_text("{")
    assert kept_fleet_settings(tmp_path) == newest
    assert "fleet-settings-3.json cannot be used" in caplog.text
