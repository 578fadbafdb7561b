"""What becomes of clients when an instance ends, and of an instance that is only rebooted."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import httpx
import pytest

from contract.lifecycle import DRAINING_HOOK
from local.platform import Instance, instances_of
from tests.e2e.conftest import Platform

URL = "http://127.0.91.1:8000/"
# An instance that has nothing to finish is gone before the last of them.
PARTS = [b"what came before the end of the instance", *(b", and part %d" % number for number in range(60))]
# What stands for a WebSocket in the key of its answer, and its last frame, which says that all is well (RFC 6455).
WEB_SOCKET, FAREWELL = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", b"\x88\x02" + (1000).to_bytes(2)


class SlowOrigin(ThreadingHTTPServer):
    """An origin whose answer, a page or a WebSocket, stops until it is told to go on, and takes its time then.

    `begun` is set when the first part has been sent, `go_on` lets the others follow.
    """

    daemon_threads = True

    def __init__(self) -> None:
        # A loopback address of its own, and one of the ports that the local environment may reach.
        super().__init__(("127.0.91.1", 8000), SlowAnswer)
        self.begun = threading.Event()
        self.go_on = threading.Event()


class SlowAnswer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SlowOrigin

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.close_connection = True
        if "upgrade" in self.headers:
            self._accept()
            self._send([b"\x81" + bytes([len(part)]) + part for part in PARTS])
            self.wfile.write(FAREWELL)
        else:
            self.send_response(200)
            self.send_header("content-length", str(sum(map(len, PARTS))))
            self.send_header("content-type", "text/plain")
            self.end_headers()
            self._send(PARTS)

    def _accept(self) -> None:
        key = hashlib.sha1(self.headers["sec-websocket-key"].encode() + WEB_SOCKET, usedforsecurity=False).digest()
        self.send_response(101)
        self.send_header("upgrade", "websocket")
        self.send_header("connection", "upgrade")
        self.send_header("sec-websocket-accept", base64.b64encode(key).decode())
        self.end_headers()

    def _send(self, parts: list[bytes]) -> None:
        self.wfile.write(parts[0])
        self.server.begun.set()
        if self.server.go_on.wait(60):
            for part in parts[1:]:
                self.wfile.write(part)
                time.sleep(0.1)


def page(platform: Platform) -> bytes:
    """Return what comes as one page."""
    with platform.browser() as browser:
        return browser.fetch(URL).body


def web_socket(platform: Platform) -> bytes:
    """Return what comes through one WebSocket that ends in order."""

    async def receive() -> bytes:
        async with aiohttp.ClientSession() as session, session.ws_connect(
            URL, proxy=platform.load_balancer.proxy_url
        ) as socket:  # fmt: skip
            parts = [message.data.encode() async for message in socket]
            assert socket.close_code == aiohttp.WSCloseCode.OK
        return b"".join(parts)

    return asyncio.run(receive())


@pytest.fixture
def origin() -> Iterator[SlowOrigin]:
    with SlowOrigin() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"not within 60 s: {what}"
        time.sleep(0.1)


def says(instance: Instance) -> str:
    """Return why an instance says that it leaves; empty as long as it does not."""
    try:
        answer = httpx.get(f"{instance.health_url}/info/health", timeout=10, trust_env=False)
    except httpx.HTTPError:
        return "nothing"
    return "" if answer.status_code == httpx.codes.OK else str(answer.json()["checks"]["staying"]["detail"])


@pytest.mark.parametrize("transfer", [page, web_socket])
def test_what_is_under_way_survives_the_end_of_its_instance(
    platform: Platform, origin: SlowOrigin, transfer: Callable[[Platform], bytes]
) -> None:
    leaving = platform.instance
    group = platform.stack_output("fleet", "AutoScalingGroupName")
    scaling = platform.aws.client("autoscaling")
    wait_for(leaving.is_healthy, "a healthy instance")
    wait_for(lambda: platform.load_balancer_now.healthy_targets == 1, "a target that gets connections")
    with ThreadPoolExecutor(1) as pool:
        received = pool.submit(transfer, platform)
        assert origin.begun.wait(20)
        scaling.terminate_instance_in_auto_scaling_group(
            InstanceId=leaving.instance_id, ShouldDecrementDesiredCapacity=False
        )
        wait_for(lambda: says(leaving) != "", "a health check that fails")
        assert says(leaving) == "draining: its group terminates it"
        states = {
            each["InstanceId"]: each["LifecycleState"]
            for each in scaling.describe_auto_scaling_instances()["AutoScalingInstances"]
        }
        assert states[leaving.instance_id] == "Terminating:Wait"
        assert not received.done()
        origin.go_on.set()
        assert received.result() == b"".join(PARTS)
    [hook] = scaling.describe_lifecycle_hooks(AutoScalingGroupName=group, LifecycleHookNames=[DRAINING_HOOK])[
        "LifecycleHooks"
    ]
    began = time.monotonic()
    wait_for(lambda: says(leaving) == "nothing", "the end of the instance")
    # It said itself that it was done; nobody had to wait for the hook's timeout.
    assert time.monotonic() - began < hook["HeartbeatTimeout"]
    wait_for(lambda: leaving not in (left := instances_of(platform.workspace)) and len(left) == 1, "another instance")
    wait_for(platform.instance.is_healthy, "an instance that serves")
    wait_for(lambda: platform.load_balancer_now.healthy_targets == 1, "a target that gets connections")


def test_an_instance_that_is_rebooted_serves_again(platform: Platform) -> None:
    instance, scaling = platform.instance, platform.aws.client("autoscaling")
    wait_for(instance.is_healthy, "a healthy instance")
    # Or its group would replace it meanwhile, on a machine that has much else to do.
    patience = {
        "AutoScalingGroupName": platform.stack_output("fleet", "AutoScalingGroupName"),
        "ScalingProcesses": ["ReplaceUnhealthy"],
    }
    scaling.suspend_processes(**patience)
    platform.aws.client("ec2").reboot_instances(InstanceIds=[instance.instance_id])
    wait_for(lambda: not instance.is_healthy(), "an instance that is away")
    wait_for(instance.is_healthy, "a healthy instance")
    scaling.resume_processes(**patience)
    with platform.browser() as browser:
        assert browser.fetch(f"{platform.server.http_url}/").status == 200
    assert platform.instance == instance
