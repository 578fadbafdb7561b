"""Units, firewall and boot command: that they fit together, and that the sandbox stays closed."""

from __future__ import annotations

import configparser
import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

AMI_BUILD = Path(__file__).resolve().parents[3] / "ami_build"
BOOT = AMI_BUILD / "systemd" / "slipway-boot.service"
UNITS = sorted({*(AMI_BUILD / "systemd").glob("*.service")} - {BOOT})
PROXY = AMI_BUILD / "systemd" / "slipway-proxy@.service"
LOCKED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "RestrictSUIDSGID": "yes",
    "RestrictNamespaces": "yes",
    "LockPersonality": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectControlGroups": "yes",
    "SystemCallArchitectures": "native",
}


def unit(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(path)
    return parser


def test_the_boot_step_says_on_the_console_what_happens_and_is_closed_like_the_services() -> None:
    """It has a few capabilities, since it hands files to their users and fills the firewall."""
    service = unit(BOOT)["Service"]
    changed = {"CapabilityBoundingSet": "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_NET_ADMIN"}
    assert {name: service.get(name) for name in LOCKED} == LOCKED | changed
    assert (service["Type"], service["StandardOutput"], service["StandardError"]) == (
        "oneshot", "journal+console", "journal+console",
    )  # fmt: skip
    assert service["ExecStart"] == "/opt/slipway/bin/slipway-boot"
    assert unit(BOOT)["Install"]["WantedBy"] == "multi-user.target"


def test_there_are_two_units() -> None:
    assert [path.name for path in UNITS] == ["slipway-health.service", "slipway-proxy@.service"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_the_sandbox_is_closed(path: Path) -> None:
    service = unit(path)["Service"]
    assert {name: service.get(name) for name in LOCKED} == LOCKED
    assert service["User"] not in ("", "root")
    slices = unit(AMI_BUILD / "systemd" / service["Slice"])["Slice"] if "Slice" in service else service
    assert slices["MemoryMax"]
    assert int(service["LimitNOFILE"]) >= 4096


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_the_unit_starts_a_module_that_exists(path: Path) -> None:
    program, flag, module, *_ = unit(path)["Service"]["ExecStart"].split()
    environment = path.stem.removeprefix("slipway-").removesuffix("@")
    assert program == f"/opt/slipway/{environment}/bin/python"
    assert flag == "-m"
    name = module.removeprefix("slipway_proxy.")
    package = AMI_BUILD / "proxy" / "slipway_proxy"
    assert (package / f"{name}.py").exists() or (package / name / "__main__.py").exists()


def test_each_process_of_the_proxy_learns_its_number_and_is_started_again() -> None:
    service = unit(PROXY)["Service"]
    assert service["ExecStart"].endswith(" -m slipway_proxy.proxy %i")
    assert service["Restart"] == "always"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_the_units_user_is_created(path: Path) -> None:
    users = (AMI_BUILD / "systemd" / "slipway.sysusers.conf").read_text()
    assert f"u {unit(path)['Service']['User']} " in users


def test_the_proxy_gets_time_to_drain() -> None:
    spec = importlib.util.find_spec("slipway_proxy.proxy")
    source = Path(spec.origin).read_text()
    drain = float(source.split("DRAIN_SECONDS = ")[1].split()[0])
    hang_up = float(source.split("HANG_UP_SECONDS = ")[1].split()[0])
    farewell = float(source.split("FAREWELL_SECONDS = ")[1].split()[0])
    service = unit(PROXY)["Service"]
    assert float(service["TimeoutStopSec"]) > drain + hang_up + farewell


def test_the_firewall_opens_the_ports_of_the_settings_and_no_other() -> None:
    rules = (AMI_BUILD / "nftables.conf").read_text()
    assert "policy drop" in rules
    assert "tcp dport @service_ports accept" in rules
    assert "808" not in rules
    assert 'skuid "slipway-proxy"' in rules


def test_the_firewall_lets_the_proxy_into_allowed_networks_before_it_refuses_private_ones() -> None:
    rules = (AMI_BUILD / "nftables.conf").read_text()
    for family, name in (("ip", "destinations4"), ("ip6", "destinations6")):
        allow = f"{family} daddr @{name} tcp dport @destination_ports accept"
        assert rules.index(allow) < rules.index(" reject")
    assert "ip6 daddr != { 2000::/3, 64:ff9b::/96 } reject" in rules


def test_the_boot_command_is_executable_shell() -> None:
    command = AMI_BUILD / "bin" / "slipway-boot"
    assert os.access(command, os.X_OK)
    assert subprocess.run(["sh", "-n", command]).returncode == 0
