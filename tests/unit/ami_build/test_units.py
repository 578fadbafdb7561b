"""Units, firewall and boot command: that they fit together, and that the sandbox stays closed."""

from __future__ import annotations

import configparser
import importlib.util
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

AMI_BUILD = Path(__file__).resolve().parents[3] / "ami_build"
BOOT = AMI_BUILD / "systemd" / "slipway-boot.service"
UNITS = sorted({*(AMI_BUILD / "systemd").glob("*.service")} - {BOOT})
PROXY = AMI_BUILD / "systemd" / "slipway-proxy@.service"
SERVICES = [path for path in UNITS if path.stem in ("slipway-health", "slipway-proxy@")]
"""What serves; the boot step is root's, and ends before anybody is let in."""

DIFFERENT = {
    "slipway-proxy@": {
        "ReadWritePaths": "/run/slipway",
        "MemoryDenyWriteExecute": "no",
        "ExecPaths": "/usr /opt/slipway/proxy",
    },
    "slipway-health": {
        "ReadWritePaths": "/run/slipway/users",
        "MemoryDenyWriteExecute": "yes",
        "ExecPaths": "/usr /opt/slipway/health",
    },
}
"""Where the sandboxes of the services are not the same; each has a comment in the unit that says why."""

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


SERVES_STRANGERS = {
    "PrivateUsers": "yes",
    "PrivateIPC": "yes",
    "ProtectProc": "invisible",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "NoExecPaths": "/",
    "MemorySwapMax": "0",
}


def unit(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(path)
    return parser


def test_the_boot_step_says_on_the_console_what_happens_and_is_closed_like_the_services() -> None:
    """It has a few capabilities, since it hands files to their users and fills the firewall."""
    service = unit(BOOT)["Service"]
    changed = {
        "CapabilityBoundingSet": "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_NET_ADMIN",
        "RestrictSUIDSGID": None,
    }
    assert {name: service.get(name) for name in LOCKED} == LOCKED | changed
    assert (service["Type"], service["StandardOutput"], service["StandardError"]) == (
        "oneshot", "journal+console", "journal+console",
    )  # fmt: skip
    assert service["ExecStart"] == "/opt/slipway/bin/slipway-boot"
    assert unit(BOOT)["Install"]["WantedBy"] == "multi-user.target"


def sandbox(path: Path) -> dict[str, str]:
    """Return what a unit says below the comment that begins its sandbox."""
    return dict(
        line.partition("=")[::2]
        for line in path.read_text().partition("# The sandbox, from here on,")[2].partition("[Install]")[0].splitlines()
        if "=" in line and not line.startswith(("#", "SystemCallFilter"))
    )


def test_there_are_two_services() -> None:
    assert [path.name for path in SERVICES] == ["slipway-health.service", "slipway-proxy@.service"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_the_sandbox_is_closed(path: Path) -> None:
    service = unit(path)["Service"]
    locked = LOCKED | SERVES_STRANGERS
    assert {name: service.get(name) for name in locked} == locked
    assert service["User"] not in ("", "root")
    assert service["MemoryHigh"] < service["MemoryMax"]
    assert int(service["LimitNOFILE"]) >= 4096
    filters = re.findall(r"^SystemCallFilter=(.*)$", path.read_text(), re.MULTILINE)
    assert filters == ["@system-service", "~@privileged @resources"]


def test_the_services_have_one_sandbox_but_for_what_they_need() -> None:
    proxy, health = (sandbox(path) for path in sorted(SERVICES, reverse=True))
    assert len(proxy) > 25
    assert {name for name in proxy | health if proxy.get(name) != health.get(name)} == set(DIFFERENT["slipway-health"])
    for path, settings in ((PROXY, proxy), (SERVICES[0], health)):
        assert {name: settings[name] for name in DIFFERENT[path.stem]} == DIFFERENT[path.stem]


def test_all_processes_of_the_proxy_together_leave_memory_for_the_rest() -> None:
    together = unit(AMI_BUILD / "systemd" / "slipway-proxy.slice")["Slice"]
    one = unit(PROXY)["Service"]
    assert one["Slice"] == "slipway-proxy.slice"
    bounds = (one["MemoryMax"], together["MemoryHigh"], together["MemoryMax"])
    percent = [int(value.removesuffix("%")) for value in bounds]
    assert percent == sorted(percent)
    assert percent[-1] <= 90


def test_the_agent_starts_only_on_an_instance_and_cannot_hurt_the_proxy() -> None:
    added = unit(AMI_BUILD / "systemd" / "amazon-cloudwatch-agent.conf")
    assert added["Unit"]["ConditionPathExists"] == "/etc/slipway/instance.json"
    service = added["Service"]
    assert "slipway_proxy.agent" in service["ExecStartPre"]
    assert int(service["MemoryMax"].removesuffix("M")) <= 256
    assert service["ReadWritePaths"] == "/opt/aws/amazon-cloudwatch-agent"
    assert int(service["OOMScoreAdjust"]) > 0


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
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


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
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
    rules = (AMI_BUILD / "nftables.conf").read_text().partition("chain proxy_out {")[2]
    for family, name in (("ip", "destinations4"), ("ip6", "destinations6")):
        allow = f"{family} daddr @{name} tcp dport @destination_ports accept"
        assert rules.index(allow) < rules.index(" reject")
    assert "ip6 daddr != { 2000::/3, 64:ff9b::/96 } reject" in rules


def test_the_boot_command_is_executable_shell() -> None:
    command = AMI_BUILD / "bin" / "slipway-boot"
    assert os.access(command, os.X_OK)
    assert subprocess.run(["sh", "-n", command]).returncode == 0


def test_people_do_not_get_the_instances_credentials() -> None:
    rules = (AMI_BUILD / "nftables.conf").read_text()
    for address in ("ip daddr 169.254.169.254", "ip6 daddr fd00:ec2::254"):
        assert f"meta skuid >= 1000 {address} reject" in rules


def test_the_health_application_reaches_this_machine_and_aws_only() -> None:
    chain = (AMI_BUILD / "nftables.conf").read_text().partition("chain health_out {")[2].partition("}")[0]
    lines = [line.strip() for line in chain.strip().splitlines()]
    assert lines == ["oif lo accept", "ip daddr 169.254.169.254 tcp dport 80 accept", "tcp dport 443 accept", "reject"]


KERNEL = (AMI_BUILD / "files" / "etc" / "sysctl.d" / "99-zz-slipway.conf").read_text()


def test_no_setting_of_the_kernel_stands_twice() -> None:
    keys = re.findall(r"^-?([a-z0-9_.]+) = ", KERNEL, re.MULTILINE)
    assert len(keys) == len(set(keys)) > 30


OF_OTHERS = ["50-default.conf", "99-cloudimg-ipv6.conf", "99-protect-links.conf", "99-sysctl.conf"]
"""Files of the sysctl.d folders of Ubuntu's images: of systemd, of the image's makers, of procps."""


def test_settings_of_the_kernel_are_the_last_to_be_read() -> None:
    # Of all folders together in the order of names: https://www.freedesktop.org/software/systemd/man/sysctl.d.html
    (ours,) = (AMI_BUILD / "files" / "etc" / "sysctl.d").iterdir()
    assert sorted([*OF_OTHERS, ours.name])[-1] == ours.name


def test_rules_that_are_filled_once_are_never_loaded_again() -> None:
    added = (AMI_BUILD / "systemd" / "nftables.conf").read_text()
    assert "RefuseManualStop=yes\n" in added
    assert "\nExecReload=\n" in added
    assert "\nExecStop=\n" in added


def test_what_root_runs_takes_no_module_from_the_folder_it_is_run_in() -> None:
    files = [*(AMI_BUILD / "bin").iterdir(), *(AMI_BUILD / "components").iterdir(), *AMI_BUILD.glob("systemd/*.conf")]
    calls = [call for path in files for call in re.findall(r"python3? (.*-m slipway_proxy\S*)", path.read_text())]
    assert len(calls) >= 4
    assert [call for call in calls if not call.startswith("-P -m ")] == []


def test_every_group_of_settings_of_the_kernel_says_why() -> None:
    for group in KERNEL.strip().split("\n\n"):
        assert group.startswith("# "), group
        assert all(line.startswith("#") or re.fullmatch(r"-?[a-z0-9_.]+ = .+", line) for line in group.splitlines())


def test_what_the_journal_keeps_is_bounded() -> None:
    journal = unit(AMI_BUILD / "files" / "etc" / "systemd" / "journald.conf.d" / "60-slipway.conf")["Journal"]
    assert journal["SystemMaxUse"] == "200M"
    assert journal["RuntimeMaxUse"] == "32M"


def test_an_instance_makes_no_users_and_no_keys_when_it_boots() -> None:
    cloud = yaml.safe_load((AMI_BUILD / "files" / "etc" / "cloud" / "cloud.cfg.d" / "99-slipway.cfg").read_text())
    assert (cloud["users"], cloud["ssh_genkeytypes"]) == ([], [])
    assert not any(cloud[name] for name in ("ssh_pwauth", "package_update", "package_upgrade"))
