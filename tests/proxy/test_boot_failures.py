"""`slipway-boot` where it cannot do its work: it says why in one line, and gives the instance up."""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config

from slipway_proxy.assignment import Assignment
from slipway_proxy.boot import IMPATIENT, give_up, learn
from slipway_proxy.deployment import NotYetError
from slipway_proxy.group import DELAY_SECONDS

from .cloud import ARN, Cloud, said
from .conftest import settings

GIVEN_UP = {
    "Action": "CompleteLifecycleAction",
    "AutoScalingGroupName": "the-group",
    "InstanceId": "i-0123",
    "LifecycleActionResult": "ABANDON",
    "LifecycleHookName": "slipway-launching",
}


def test_a_malformed_prefix_is_refused_and_the_instance_given_up(boot: Any, cloud: Cloud) -> None:
    result = boot("--parameter-prefix", "slipway", "--group", "the-group")
    assert result.returncode == 1
    assert said(result) == [
        "error: the parameter prefix is 'slipway'; it must look like /project/environment",
        "the group the-group terminates this instance and launches another",
    ]
    [told] = cloud.told
    assert {key: told[key] for key in GIVEN_UP} == GIVEN_UP


def test_without_user_data_nobody_knows_what_the_instance_is_for(boot: Any, tmp_path: Path) -> None:
    result = boot()
    assert result.returncode == 1
    assert said(result) == [
        f"error: cannot read {tmp_path}/etc/instance.json: No such file or directory; "
        "run slipway-boot --parameter-prefix=PATH, as user data does"
    ]


def test_a_group_that_does_not_wait_yet_is_told_again(world: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    world.waits_after = 2
    give_up(Assignment("/slipway/test", "the-group"), world.url, sleep=sleep)
    assert slept == [DELAY_SECONDS] * 2
    assert [told["LifecycleActionResult"] for told in world.told] == ["ABANDON"] * 3
    assert "the group the-group terminates this instance and launches another" in capsys.readouterr().err


def test_a_group_that_never_waits_is_named(world: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    world.waits_after = 1
    give_up(Assignment("/slipway/test", "the-group"), world.url, seconds=0)
    assert "the group the-group does not wait for this instance (any more)\n" in capsys.readouterr().err


def test_a_group_that_cannot_be_told_is_named_with_the_cause(
    world: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_AUTO_SCALING", "http://127.0.0.1:1")
    give_up(Assignment("/slipway/test", "the-group"), world.url, seconds=0)
    why, end = capsys.readouterr().err.splitlines()
    assert 'cannot tell the group to give this instance up: Could not connect to the endpoint URL: "http://' in why
    assert "the group the-group gives this instance up by itself when it has waited long enough" in end


def test_user_data_gives_up_once_more_when_the_unit_has_failed(boot: Any, cloud: Cloud) -> None:
    cloud.waits_after = 1  # as after the unit has given the instance up
    result = boot("--parameter-prefix", "/slipway/test", "--group", "the-group", SYSTEMCTL_STATUS="1")
    assert result.returncode == 1
    assert said(result)[-1] == "the group the-group does not wait for this instance (any more)"
    assert len(cloud.told) == 1


@pytest.mark.parametrize("service", ["ssm", "secrets_manager"])
def test_a_service_that_never_answers_is_named_after_one_attempt(
    world: Cloud, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.upper()}", address)
        with pytest.raises(NotYetError, match=f'Read timeout on endpoint URL: "{address}'):
            learn(Assignment("/slipway/test", ""), world.url, (), IMPATIENT.merge(Config(read_timeout=0.1)))
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()


def no_parameter(cloud: Cloud) -> None:
    del cloud.parameters["/slipway/test/functions/html-service/url"]


def nothing_deployed(cloud: Cloud) -> None:
    cloud.parameters = {}


def no_json(cloud: Cloud) -> None:
    cloud.parameters["/slipway/test/proxy/settings"] = "not JSON"


def of_another_version(cloud: Cloud) -> None:
    cloud.parameters["/slipway/test/proxy/settings"] = json.dumps(json.loads(settings().to_json()) | {"colour": "blue"})


def of_another_type(cloud: Cloud) -> None:
    cloud.parameters["/slipway/test/proxy/settings"] = dataclasses.replace(settings(), proxy_port="x").to_json()


def no_secret(cloud: Cloud) -> None:
    cloud.refusal = "ResourceNotFoundException"


def no_right(cloud: Cloud) -> None:
    cloud.refusal = "AccessDeniedException"


def silent(cloud: Cloud) -> None:
    cloud.tokens = 503


def malformed_secret(cloud: Cloud) -> None:
    cloud.secret = "letters"


@pytest.mark.usefixtures("assigned")
@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (no_json, "does not hold the proxy's settings: Expecting value"),
        (of_another_version, "the image and the deployment may be of different versions: deploy both again"),
        (of_another_type, "does not hold the proxy's settings: "),
        (no_secret, f"the secret {ARN}, which is to hold the certificate authority, does not exist"),
        (malformed_secret, "holds no usable certificate authority: it is no JSON object with private_key"),
    ],
)
def test_what_cannot_be_used_ends_in_one_line_no_service_and_another_instance(
    boot: Any, cloud: Cloud, tmp_path: Path, spoil: Callable[[Cloud], None], cause: str
) -> None:
    spoil(cloud)
    result = boot()
    assert result.returncode == 1
    [error] = [line for line in said(result) if line.startswith("error: ")]
    assert cause in error
    assert not (tmp_path / "started").exists()
    assert not (tmp_path / "run").exists(), "a half-written folder"
    assert [each["LifecycleActionResult"] for each in cloud.told] == ["ABANDON"]


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (no_parameter, "these parameters are missing: functions/html-service/url; deploy all stacks first"),
        (nothing_deployed, "nothing is deployed below /slipway/test yet; deploy first"),
        (no_right, "AccessDeniedException: no; the instance's role must allow this"),
        (silent, "answered 503 to PUT .*; slipway-boot runs on an instance only"),
    ],
)
def test_what_may_heal_is_tried_again_before_it_ends_in_an_error(
    world: Cloud, spoil: Callable[[Cloud], None], cause: str
) -> None:
    spoil(world)
    with pytest.raises(NotYetError, match=cause):
        learn(Assignment("/slipway/test", ""), world.url, ())


def test_services_that_do_not_start_end_in_an_error_and_are_all_stopped(boot: Any, tmp_path: Path) -> None:
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(systemctl.read_text().replace("exit", '[ "$1" = stop ] || exit'))
    result = boot("--rehearsal", SYSTEMCTL_STATUS="3")
    assert result.returncode == 1
    assert "ended with 3: it said nothing; see journalctl -u 'slipway-proxy@*' -u slipway-health" in said(result)[-1]
    started, stopped = (tmp_path / "started").read_text().splitlines()
    assert stopped == started.replace("start", "stop", 1)
