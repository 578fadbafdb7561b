"""`slipway-boot` as user data and its unit run it: a process with a metadata service and AWS on loopback."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from botocore.config import Config

from contract.components import Function
from slipway_proxy.assignment import Assignment
from slipway_proxy.boot import BASE_DELAYS_SECONDS, IMPATIENT, give_up, jittered, learn, patiently
from slipway_proxy.deployment import NotYetError
from slipway_proxy.group import DELAY_SECONDS

from .conftest import settings

ROOT = Path(__file__).resolve().parents[2]
ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:ca"
NOT_WAITING = """<ErrorResponse><Error><Code>ValidationError</Code>
<Message>No active Lifecycle Action found with instance ID i-0123</Message></Error></ErrorResponse>"""


class Cloud(ThreadingHTTPServer):
    """The instance's metadata service, SSM and Secrets Manager, in one small server."""

    daemon_threads = True
    parameters: dict[str, str]
    secret: str | None = None
    refusal: str = ""
    tokens: int = 200
    told: list[dict[str, str]]
    waits_after: int = 0
    """How often the group is told something before it waits for the instance."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Cloud

    def log_message(self, *_: Any) -> None:
        pass

    def do_PUT(self) -> None:
        self._reply(self.server.tokens, "token")

    def do_GET(self) -> None:
        if self.headers.get("X-aws-ec2-metadata-token") != "token":
            self._reply(401, "")
            return
        credentials = {
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "s",
            "Token": "t", "Expiration": "2999-01-01T00:00:00Z", "LastUpdated": "2020-01-01T00:00:00Z",
        }  # fmt: skip
        known = {
            "/latest/meta-data/instance-id": "i-0123",
            "/latest/meta-data/placement/region": "eu-central-1",
            "/latest/meta-data/iam/security-credentials/": "role",
            "/latest/meta-data/iam/security-credentials/role": json.dumps(credentials),
        }
        self._reply(200 if self.path in known else 404, known.get(self.path, ""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if "x-amz-target" not in self.headers:
            self.server.told.append(dict(parse_qsl(body)))
            if len(self.server.told) <= self.server.waits_after:
                self._reply(400, NOT_WAITING)
                return
            self._reply(200, "<Answer><CompleteLifecycleActionResult/></Answer>")
            return
        question = json.loads(body)
        match self.headers["x-amz-target"].split(".")[1]:
            case "GetParametersByPath":
                found = [{"Name": name, "Value": value} for name, value in self.server.parameters.items()]
                self._reply(200, json.dumps({"Parameters": found}))
            case "GetSecretValue" | "PutSecretValue" if self.server.refusal:
                self._reply(400, json.dumps({"__type": self.server.refusal, "message": "no"}))
            case "GetSecretValue" if self.server.secret is None:
                self._reply(400, json.dumps({"__type": "ResourceNotFoundException", "message": "none"}))
            case "GetSecretValue":
                self._reply(200, json.dumps({"SecretString": self.server.secret}))
            case "PutSecretValue":
                self.server.secret = question["SecretString"]
                self._reply(200, "{}")

    def _reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(("127.0.0.1", 0), Handler) as server:
        server.told = []
        server.parameters = {
            "/slipway/test/proxy/settings": settings().to_json(),
            "/slipway/test/proxy/ca-secret-arn": ARN,
            **{f"/slipway/test/functions/{each.value}/url": f"https://{each.value}.test/" for each in Function},
        }
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def boot(cloud: Cloud, tmp_path: Path) -> Any:
    """Return a function that runs the boot step with a service manager that only notes what it is told."""
    (tmp_path / "bin").mkdir()
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/started\nexit ${{SYSTEMCTL_STATUS:-0}}\n')
    systemctl.chmod(0o755)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "slipway_proxy.boot", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            env={
                "PATH": f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
                "HOME": str(tmp_path),
                "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'ami_build' / 'proxy'}",
                "AWS_ENDPOINT_URL": cloud.url,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": cloud.url,
                "SLIPWAY_RUNTIME_DIRECTORY": str(tmp_path / "run"),
                "SLIPWAY_CONFIGURATION_DIRECTORY": str(tmp_path / "etc"),
                **environment,
            },
        )

    return run


@pytest.fixture
def assigned(tmp_path: Path) -> None:
    """What user data has said at the first boot."""
    Assignment("/slipway/test", "the-group").write(tmp_path / "etc")


def said(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what it said, without the moments."""
    assert result.stdout == ""
    lines = [line.split(" slipway-boot: ", 1) for line in result.stderr.splitlines()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment) for moment, _ in lines)
    return [text for _, text in lines]


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
        "run slipway-boot --parameter-prefix PATH, as user data does"
    ]


@pytest.fixture
def world(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The cloud, for what runs in this process."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", cloud.url)
    return cloud


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


def test_the_unit_leaves_time_to_name_it_and_to_give_the_instance_up() -> None:
    unit = (ROOT / "ami_build" / "systemd" / "slipway-boot.service").read_text()
    [limit] = re.findall(r"(?m)^TimeoutStartSec=(\d+)$", unit)
    attempt = IMPATIENT.connect_timeout + IMPATIENT.read_timeout
    naming = 1.5 * sum(BASE_DELAYS_SECONDS) + (len(BASE_DELAYS_SECONDS) + 1) * attempt
    assert naming + attempt < int(limit)


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
        (no_secret, f"cannot store the certificate authority in the secret {ARN}: ResourceNotFoundException"),
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
