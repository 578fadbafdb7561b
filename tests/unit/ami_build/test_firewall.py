"""What the boot step puts into the firewall's sets."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from slipway_proxy.firewall import FirewallError, fill, script

from .test_runtime import SETTINGS

RULES = Path(__file__).resolve().parents[3] / "ami_build" / "nftables.conf"


class Recorder:
    """Runs nothing, and remembers what it was to run."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.calls: list[tuple[Sequence[str], str]] = []

    def __call__(self, command: Sequence[str], text: str) -> subprocess.CompletedProcess[str]:
        self.calls.append((command, text))
        return subprocess.CompletedProcess(command, self.status, "", "no such table\n")


def test_every_set_is_emptied_and_filled_in_one_transaction() -> None:
    settings = dataclasses.replace(
        SETTINGS,
        proxy_port=3128,
        health_port=9000,
        allowed_destination_networks=("10.1.0.0/16", "10.1.2.0/24", "fd00::/8", "192.168.0.0/16"),
        allowed_destination_ports=(80, 8443),
    )
    run = Recorder()
    fill(settings, "/usr/sbin/nft", run)
    ((command, text),) = run.calls
    assert command == ["/usr/sbin/nft", "--file", "-"]
    assert text.splitlines() == [
        "flush set inet slipway service_ports",
        "add element inet slipway service_ports { 3128, 9000 }",
        "flush set inet slipway destination_ports",
        "add element inet slipway destination_ports { 80, 8443 }",
        "flush set inet slipway destinations4",
        "add element inet slipway destinations4 { 10.1.0.0/16, 192.168.0.0/16 }",
        "flush set inet slipway destinations6",
        "add element inet slipway destinations6 { fd00::/8 }",
    ]


def test_nothing_is_added_to_a_set_without_elements() -> None:
    assert "destinations4 {" not in script(SETTINGS)
    assert "flush set inet slipway destinations4" in script(SETTINGS)


def test_the_rules_declare_each_set_and_use_it() -> None:
    rules = RULES.read_text()
    for line in script(SETTINGS).splitlines():
        _, _, family, table, name, *_ = line.split()
        assert f"table {family} {table} {{" in rules
        assert f"set {name} {{" in rules
        assert f"@{name}" in rules


def test_a_firewall_that_refuses_is_an_error_that_says_why() -> None:
    with pytest.raises(FirewallError, match=r"nft ended with 1\): no such table; see"):
        fill(SETTINGS, "nft", Recorder(status=1))
