"""`slipway-boot` as user data and its unit run it: a process with a metadata service and AWS on loopback."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from slipway_proxy.assignment import Assignment
from slipway_proxy.boot import BASE_DELAYS_SECONDS, IMPATIENT, jittered, patiently
from slipway_proxy.deployment import NotYetError

from .cloud import ARN, ROOT, Cloud, said
from .conftest import settings


def test_user_data_says_once_what_the_instance_is_for_and_its_unit_boots_it(boot: Any, tmp_path: Path) -> None:
    for _ in range(2):  # which changes nothing
        result = boot("--parameter-prefix", "/slipway/test", "--group", "the-group")
        assert result.returncode == 0
        assert said(result) == [
            "this instance is for /slipway/test; starting slipway-boot.service, now and at each boot"
        ]
    assert Assignment.read(tmp_path / "etc") == Assignment("/slipway/test", "the-group")
    assert stat.S_IMODE((tmp_path / "etc" / "instance.json").stat().st_mode) == 0o600
    assert (tmp_path / "started").read_text() == "enable slipway-boot.service\nstart slipway-boot.service\n" * 2


@pytest.mark.usefixtures("assigned")
def test_it_writes_the_runtime_folder_and_starts_the_services(boot: Any, cloud: Cloud, tmp_path: Path) -> None:
    result = boot()
    assert result.returncode == 0, result.stderr
    *steps, share, last = said(result)
    assert steps == [
        "this is i-0123 in eu-central-1",
        "read 6 parameters below /slipway/test",
        "read the certificate authority",
        f"wrote {tmp_path}/run",
    ]
    assert re.fullmatch(r"processes of the proxy: 1, each with up to \d+ MiB", share)
    assert last == "i-0123 runs test 1"
    assert cloud.told == []
    written = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert (written["instance_id"], written["region"]) == ("i-0123", "eu-central-1")
    assert (written["prefix"], written["group"], written["processes"]) == ("/slipway/test", "the-group", 1)
    assert written["process_memory_bytes"] >= 192 * 1024 * 1024
    assert written["functions"]["html-service"] == "https://html-service.test/"
    assert (tmp_path / "started").read_text() == "start slipway-proxy@1.service slipway-health.service\n"
    assert cloud.secret is not None
    key = json.loads(cloud.secret)["private_key"]
    assert (tmp_path / "run" / "mitmproxy-ca.pem").read_text().startswith(key)
    assert key not in (tmp_path / "run" / "settings.json").read_text()


def test_away_from_an_image_the_firewall_is_left_alone(boot: Any, tmp_path: Path) -> None:
    nft = tmp_path / "bin" / "nft"
    nft.write_text(f"#!/bin/sh\ntouch {tmp_path}/filled\n")
    nft.chmod(0o755)
    assert boot("--rehearsal").returncode == 0
    assert not (tmp_path / "filled").exists()


@pytest.mark.usefixtures("assigned")
def test_where_users_sign_in_the_services_learn_where_the_users_are(boot: Any, cloud: Cloud, tmp_path: Path) -> None:
    told = dataclasses.replace(settings(), authentication_required=True)
    cloud.parameters["/slipway/test/proxy/settings"] = told.to_json()
    cloud.parameters["/slipway/test/proxy/users-secret-arn"] = ARN
    assert boot().returncode == 0
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["users_secret_arn"] == ARN
    # The health application writes there; others than the two services cannot even look.
    assert stat.S_IMODE((tmp_path / "run" / "users").stat().st_mode) == 0o2750


def test_without_a_number_there_is_a_process_for_each_core(boot: Any, tmp_path: Path) -> None:
    assert boot("--rehearsal").returncode == 0
    count = max(2, os.cpu_count() or 1)  # one can be replaced while there is another
    units = [f"slipway-proxy@{number}.service" for number in range(1, count + 1)]
    assert (tmp_path / "started").read_text().split() == ["start", *units, "slipway-health.service"]


@pytest.mark.usefixtures("assigned")
def test_the_next_boot_uses_the_same_authority(boot: Any, tmp_path: Path) -> None:
    boot()
    first = (tmp_path / "run" / "mitmproxy-ca.pem").read_text()
    shutil.rmtree(tmp_path / "run")  # as a reboot does
    assert boot().returncode == 0
    assert (tmp_path / "run" / "mitmproxy-ca.pem").read_text() == first


def test_the_unit_leaves_time_to_name_it_and_to_give_the_instance_up() -> None:
    unit = (ROOT / "ami_build" / "systemd" / "slipway-boot.service").read_text()
    [limit] = re.findall(r"(?m)^TimeoutStartSec=(\d+)$", unit)
    attempt = IMPATIENT.connect_timeout + IMPATIENT.read_timeout
    naming = 1.5 * sum(BASE_DELAYS_SECONDS) + (len(BASE_DELAYS_SECONDS) + 1) * attempt
    assert naming + attempt < int(limit)


def test_a_rehearsal_needs_no_deployment(boot: Any, cloud: Cloud, tmp_path: Path) -> None:
    cloud.parameters = {}
    assert boot("--rehearsal").returncode == 0
    assert cloud.secret is None
    assert (tmp_path / "run" / "mitmproxy-ca.pem").exists()


def test_patience_ends_with_the_last_delay() -> None:
    slept: list[float] = []
    tries = iter(["no", "no", "yes"])

    def operation() -> str:
        if (answer := next(tries)) == "no":
            raise NotYetError("not yet")
        return answer

    assert patiently(operation, [1.0, 2.0], slept.append) == "yes"
    assert slept == [1.0, 2.0]
    tries = iter(["no", "no"])
    with pytest.raises(NotYetError):
        patiently(operation, [1.0], slept.append)


def test_delays_are_spread_but_bounded() -> None:
    for delay, base in zip(jittered(BASE_DELAYS_SECONDS), BASE_DELAYS_SECONDS, strict=True):
        assert base / 2 <= delay <= base * 1.5
