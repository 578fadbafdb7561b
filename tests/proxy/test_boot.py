"""`slipway-boot` as user data runs it: a process with a metadata service and AWS on loopback."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from contract.components import Function
from slipway_proxy.boot import BASE_DELAYS_SECONDS, jittered, patiently
from slipway_proxy.deployment import NotYetError

from .conftest import settings

ROOT = Path(__file__).resolve().parents[2]
ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:ca"


class Cloud(ThreadingHTTPServer):
    """The instance's metadata service, SSM and Secrets Manager, in one small server."""

    daemon_threads = True
    parameters: dict[str, str]
    secret: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Cloud

    def log_message(self, *_: Any) -> None:
        pass

    def do_PUT(self) -> None:
        self._reply(200, "token")

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
        question = json.loads(self.rfile.read(int(self.headers["content-length"])))
        match self.headers["x-amz-target"].split(".")[1]:
            case "GetParametersByPath":
                found = [{"Name": name, "Value": value} for name, value in self.server.parameters.items()]
                self._reply(200, json.dumps({"Parameters": found}))
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
    systemctl.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/started\nexit ${{SYSTEMCTL_STATUS:-0}}\n')
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
                **environment,
            },
        )

    return run


def test_it_writes_the_runtime_folder_and_starts_the_services(boot: Any, cloud: Cloud, tmp_path: Path) -> None:
    result = boot("--parameter-prefix", "/slipway/test")
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert result.stderr == "slipway-boot: i-0123 runs test 1\n"
    written = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert (written["instance_id"], written["region"]) == ("i-0123", "eu-central-1")
    assert (written["prefix"], written["processes"]) == ("/slipway/test", 1)
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


def test_where_users_sign_in_the_services_learn_where_the_users_are(boot: Any, cloud: Cloud, tmp_path: Path) -> None:
    told = dataclasses.replace(settings(), authentication_required=True)
    cloud.parameters["/slipway/test/proxy/settings"] = told.to_json()
    cloud.parameters["/slipway/test/proxy/users-secret-arn"] = ARN
    assert boot("--parameter-prefix", "/slipway/test").returncode == 0
    assert json.loads((tmp_path / "run" / "settings.json").read_text())["users_secret_arn"] == ARN
    # The health application writes there; others than the two services cannot even look.
    assert stat.S_IMODE((tmp_path / "run" / "users").stat().st_mode) == 0o2750


def test_without_a_number_there_is_a_process_for_each_core(boot: Any, tmp_path: Path) -> None:
    assert boot("--rehearsal").returncode == 0
    units = [f"slipway-proxy@{number}.service" for number in range(1, (os.cpu_count() or 1) + 1)]
    assert (tmp_path / "started").read_text().split() == ["start", *units, "slipway-health.service"]


def test_the_next_boot_uses_the_same_authority(boot: Any, tmp_path: Path) -> None:
    boot("--parameter-prefix", "/slipway/test")
    first = (tmp_path / "run" / "mitmproxy-ca.pem").read_text()
    assert boot("--parameter-prefix", "/slipway/test").returncode == 0
    assert (tmp_path / "run" / "mitmproxy-ca.pem").read_text() == first


def test_a_malformed_prefix_is_refused(boot: Any) -> None:
    result = boot("--parameter-prefix", "slipway")
    assert result.returncode == 1
    assert result.stderr == (
        "slipway-boot: error: the parameter prefix is 'slipway'; it must look like /project/environment\n"
    )


def test_settings_that_cannot_be_used_end_in_one_line(boot: Any, cloud: Cloud, tmp_path: Path) -> None:
    cloud.parameters["/slipway/test/proxy/settings"] = "not JSON"
    result = boot("--parameter-prefix", "/slipway/test")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "does not hold the proxy's settings" in result.stderr
    assert not (tmp_path / "started").exists()


def test_outside_an_instance_it_says_so(boot: Any) -> None:
    result = boot("--parameter-prefix", "/slipway/test", AWS_EC2_METADATA_SERVICE_ENDPOINT="http://127.0.0.1:9")
    assert result.returncode == 1
    assert "does not answer" in result.stderr
    assert "slipway-boot runs on an instance only" in result.stderr


def test_services_that_do_not_start_end_in_an_error(boot: Any) -> None:
    result = boot("--rehearsal", SYSTEMCTL_STATUS="3")
    assert result.returncode == 1
    assert "the services did not start (systemctl ended with 3)" in result.stderr


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
