"""The health application's process from start to end."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
from fastapi import FastAPI, Request

from contract.components import Function
from contract.lifecycle import DRAINING_HOOK, LAUNCHING_HOOK
from emulator import ports
from slipway_proxy.health.__main__ import server
from slipway_proxy.runtime import Runtime
from tests.unit.ami_build.test_runtime import SETTINGS

from .fakes import CERTIFICATE

USERS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:users-a1B2c3"
ROOT = Path(__file__).resolve().parents[4]


class Cloud(ThreadingHTTPServer):
    """The metadata service, SSM, Secrets Manager and Auto Scaling of one instance, in one small server.

    `metadata` is what the instance can learn, `asked` what it has told Auto Scaling.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), CloudHandler)
        self.metadata: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []


class CloudHandler(BaseHTTPRequestHandler):
    server: Cloud

    def log_message(self, *_: object) -> None:
        pass

    def do_PUT(self) -> None:
        self._reply("token")

    def do_GET(self) -> None:
        found = self.server.metadata.get(self.path.removeprefix("/latest/meta-data/"))
        self._reply(found or "", 404 if found is None else 200)

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["content-length"])).decode()
        if "GetParameter" in self.headers.get("x-amz-target", ""):
            self._reply('{"Parameter": {"Value": "the-group"}}')
            return
        if "GetSecretValue" in self.headers.get("x-amz-target", ""):
            self._reply('{"SecretString": "{}"}')
            return
        self.server.asked.append(dict(parse_qsl(question)))
        action = self.server.asked[-1]["Action"]
        self._reply(f"<{action}Response><{action}Result/><ResponseMetadata/></{action}Response>")

    def _reply(self, text: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def start(folder: Path, cloud: Cloud, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "slipway_proxy.health",
        stderr=asyncio.subprocess.PIPE,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'ami_build' / 'proxy'}",
            "SLIPWAY_RUNTIME_DIRECTORY": str(folder),
            "SLIPWAY_LISTEN_ADDRESS": "127.0.0.1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{cloud.server_port}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{cloud.server_port}",
            **environment,
        },
    )  # fmt: skip


async def fetch(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Fetch, as soon as there is someone to answer."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        for _ in range(300):
            try:
                return await client.get(url, headers=headers)
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
    raise AssertionError("the health application never listened")


async def test_nobody_is_believed_to_be_a_proxy_that_took_tls_off() -> None:
    app = FastAPI()

    @app.get("/")
    async def seen(request: Request) -> str:
        return request.url.scheme

    (port,) = ports.pick()
    running = server(app, "127.0.0.1", port)
    task = asyncio.create_task(running.serve())
    reply = await fetch(f"http://127.0.0.1:{port}/", {"x-forwarded-proto": "https"})
    running.should_exit = True
    await task
    assert reply.json() == "http"


async def test_it_serves_both_applications_and_ends_in_order(tmp_path: Path, cloud: Cloud) -> None:
    proxy, health, admin = ports.pick(3)
    settings = dataclasses.replace(SETTINGS, proxy_port=proxy, health_port=health, admin_port=admin)
    Runtime(
        settings, dict.fromkeys(Function, "http://127.0.0.1:9/"), "i-1", "us-east-1", "/slipway/test", "", 2, 1, ""
    ).write(tmp_path)
    (tmp_path / "mitmproxy-ca-cert.pem").write_text(CERTIFICATE)
    running = await start(tmp_path, cloud)
    try:
        reply = await fetch(f"http://127.0.0.1:{health}/info/health")
        assert reply.status_code == 503
        assert reply.json()["checks"]["proxy"]["ok"] is False
        assert (await fetch(f"http://127.0.0.1:{health}/ca.pem")).text == CERTIFICATE
        reply = await fetch(f"http://127.0.0.1:{admin}/dashboard")
        assert reply.status_code == 502
        assert "server" not in reply.headers
        running.send_signal(signal.SIGTERM)
        _, errors = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.communicate()
    assert (running.returncode, errors) == (0, b"")


async def test_an_instance_that_its_group_terminates_fails_its_check_and_lets_go(tmp_path: Path, cloud: Cloud) -> None:
    proxy, health, admin = ports.pick(3)
    changes = {"proxy_port": proxy, "health_port": health, "admin_port": admin, "drain_seconds": 0.2}
    settings = dataclasses.replace(SETTINGS, **changes)
    nowhere = dict.fromkeys(Function, "http://127.0.0.1:9/")
    Runtime(settings, nowhere, "i-1", "us-east-1", "/slipway/test", "the-group", 1, 1, USERS).write(tmp_path)
    (tmp_path / "users").mkdir()
    cloud.metadata["autoscaling/target-lifecycle-state"] = "Terminated"
    credentials = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s"}
    running = await start(tmp_path, cloud, **credentials)
    try:
        for _ in range(600):
            is_done = any(call["Action"] == "CompleteLifecycleAction" for call in cloud.asked)
            if is_done and (tmp_path / "users" / "users.json").exists():
                break
            await asyncio.sleep(0.05)
        reply = await fetch(f"http://127.0.0.1:{health}/info/health")
    finally:
        running.terminate()
        _, errors = await running.communicate()
    assert reply.status_code == 503
    assert reply.json()["checks"]["staying"] == {"ok": False, "detail": "draining: its group terminates it"}
    drained = [call for call in cloud.asked if call["LifecycleHookName"] == DRAINING_HOOK]
    assert [call["Action"] for call in drained] == ["RecordLifecycleActionHeartbeat", "CompleteLifecycleAction"]
    # It never served, so that it only asks for more time to begin.
    begun = [call["Action"] for call in cloud.asked if call["LifecycleHookName"] == LAUNCHING_HOOK]
    assert set(begun) == {"RecordLifecycleActionHeartbeat"}
    assert {call["AutoScalingGroupName"] for call in cloud.asked} == {"the-group"}
    assert "draining: its group terminates it; " in errors.decode()
    # Meanwhile it has also read who may use the proxy: nobody yet.
    assert (tmp_path / "users" / "users.json").read_text() == "{}\n"


async def test_before_the_boot_step_it_says_what_to_do(tmp_path: Path, cloud: Cloud) -> None:
    running = await start(tmp_path, cloud)
    _, errors = await running.communicate()
    assert running.returncode == 1
    assert errors.startswith(b"slipway-health: error: cannot read ")
    assert b"run slipway-boot first" in errors
