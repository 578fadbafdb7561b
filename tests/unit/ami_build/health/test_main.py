"""The health application's process from start to end."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import socket
import sys
from pathlib import Path

import httpx

from contract.components import Function
from slipway_proxy.runtime import Runtime
from tests.unit.ami_build.test_runtime import SETTINGS

from .fakes import CERTIFICATE

ROOT = Path(__file__).resolve().parents[4]


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


async def start(folder: Path) -> asyncio.subprocess.Process:
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
        },
    )  # fmt: skip


async def fetch(url: str) -> httpx.Response:
    """Fetch, as soon as there is someone to answer."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        for _ in range(300):
            try:
                return await client.get(url)
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
    raise AssertionError("the health application never listened")


async def test_it_serves_both_applications_and_ends_in_order(tmp_path: Path) -> None:
    proxy, health, admin = free_ports(3)
    settings = dataclasses.replace(SETTINGS, proxy_port=proxy, health_port=health, admin_port=admin)
    Runtime(settings, dict.fromkeys(Function, "http://127.0.0.1:9/"), "i-1", "us-east-1").write(tmp_path)
    (tmp_path / "mitmproxy-ca-cert.pem").write_text(CERTIFICATE)
    running = await start(tmp_path)
    try:
        reply = await fetch(f"http://127.0.0.1:{health}/info/health")
        assert reply.status_code == 503
        assert reply.json()["checks"]["proxy"]["ok"] is False
        assert (await fetch(f"http://127.0.0.1:{health}/ca.pem")).text == CERTIFICATE
        assert (await fetch(f"http://127.0.0.1:{admin}/dashboard")).status_code == 502
        running.send_signal(signal.SIGTERM)
        _, errors = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await running.communicate()
    assert (running.returncode, errors) == (0, b"")


async def test_before_the_boot_step_it_says_what_to_do(tmp_path: Path) -> None:
    running = await start(tmp_path)
    _, errors = await running.communicate()
    assert running.returncode == 1
    assert errors.startswith(b"slipway-health: error: cannot read ")
    assert b"run slipway-boot first" in errors
