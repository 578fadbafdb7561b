"""Units and firewall of the image, as its own systemd and nftables judge them."""

from __future__ import annotations

import re

import pytest

from local.image.root import Root
from tests.image.conftest import Image

MOST_EXPOSED = {
    "slipway-proxy@1.service": 1.3,
    "slipway-health.service": 1.3,
    "slipway-boot.service": 3.0,
    "amazon-cloudwatch-agent.service": 4.5,
}
"""By unit, the highest exposure that is accepted, on systemd's scale from 0 (shut in) to 10."""


@pytest.mark.parametrize("unit", [*MOST_EXPOSED, "slipway-proxy.slice"])
def test_systemd_finds_nothing_wrong_with_a_unit(machine: Root, unit: str) -> None:
    outcome = machine.run(["systemd-analyze", "verify", "--recursive-errors=yes", unit])
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")


@pytest.mark.parametrize("unit", MOST_EXPOSED)
def test_a_service_is_exposed_no_more_than_is_stated(machine: Root, unit: str) -> None:
    outcome = machine.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit])
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", outcome.stdout)
    assert found, outcome.stderr
    assert float(found[1]) <= MOST_EXPOSED[unit]


def test_the_firewall_can_be_loaded_and_stands_after_a_start(machine: Root) -> None:
    assert machine.run(["nft", "--check", "--file", "/etc/nftables.conf"]).status == 0
    rules = machine.run(["nft", "list", "table", "inet", "slipway"]).stdout
    assert "policy drop" in rules


@pytest.mark.parametrize("what", ["reload", "restart", "stop"])
def test_nobody_empties_the_firewall_by_accident(machine: Root, what: str) -> None:
    ports = ["inet", "slipway", "service_ports"]
    machine.run(["nft", "add", "element", *ports, "{ 1 }"])
    try:
        assert machine.run(["systemctl", what, "nftables.service"]).status != 0
        assert "elements = { 1 }" in machine.run(["nft", "list", "set", *ports]).stdout
    finally:
        machine.run(["nft", "delete", "element", *ports, "{ 1 }"])


def test_no_file_overrules_the_kernels_settings(machine: Root, image: Image) -> None:
    """Not even those of packages: the bare system has one of procps that would, under a smaller name of ours."""
    read = machine.run(["systemd-analyze", "cat-config", "sysctl.d"]).stdout
    assert "\nfs.protected_fifos = 1\n" in read
    ours = image.path("/etc/sysctl.d/99-zz-slipway.conf").read_text()
    last, wanted = (dict(re.findall(r"^-?([a-z][\w.]*) *= *(.*)$", text, re.MULTILINE)) for text in (read, ours))
    assert {key: last[key] for key in wanted} == wanted


def test_an_instance_starts_without_a_failed_unit(machine: Root) -> None:
    failed = machine.run(["systemctl", "--failed", "--plain", "--no-legend"]).stdout
    assert failed == ""


def test_nothing_serves_before_someone_says_what_for(machine: Root) -> None:
    listening = machine.run(["ss", "--listening", "--tcp", "--no-header"]).stdout
    assert [line for line in listening.splitlines() if ":8080" in line or ":22 " in line] == []
