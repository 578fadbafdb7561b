"""What an instance finds around it when it boots, in one small server, and the boot step as a process beside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

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


def run_boot(folder: Path, url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `slipway-boot` below a folder, whose `bin` has its service manager.

    :param url: of the cloud.
    """
    return subprocess.run(
        [sys.executable, "-m", "slipway_proxy.boot", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            "PATH": f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(folder),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'ami_build' / 'proxy'}",
            "AWS_ENDPOINT_URL": url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": url,
            "SLIPWAY_RUNTIME_DIRECTORY": str(folder / "run"),
            "SLIPWAY_CONFIGURATION_DIRECTORY": str(folder / "etc"),
            **environment,
        },
    )


def said(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what it said, without the moments."""
    assert result.stdout == ""
    lines = [line.split(" slipway-boot: ", 1) for line in result.stderr.splitlines()]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment) for moment, _ in lines)
    return [text for _, text in lines]
