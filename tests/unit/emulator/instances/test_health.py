"""Health checks against real sockets, and what a series of them means."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from emulator.instances.health import Check, TargetHealth, matches

FAILED = ("Target.FailedHealthChecks", "Health checks failed")


@pytest.mark.parametrize(("status", "codes", "expected"), [
    (200, "200", True), (204, "200", False), (204, "200-399", True), (400, "200-399", False), (204, "200, 204", True),
])  # fmt: skip
def test_matcher(status, codes, expected):
    assert matches(status, codes) is expected


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/info/health" else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running.server_port
        running.shutdown()
        thread.join()


def check(port: int, path: str | None) -> tuple[str, str] | None:
    return Check(port, path, "200", timeout_seconds=0.5, unhealthy_threshold=2).failure("127.0.0.1")


def test_check_that_succeeds(server):
    assert check(server, "/info/health") is None


def test_check_of_a_connection_only(server):
    assert check(server, None) is None


def test_check_with_another_status(server):
    failure = check(server, "/")

    assert failure == ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]")


def test_check_of_nobody():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))

        assert check(probe.getsockname()[1], "/") == FAILED


def test_check_of_one_who_does_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert check(silent.getsockname()[1], "/") == ("Target.Timeout", "Request timed out")


def states(outcomes: list[bool]) -> list[str]:
    health = TargetHealth()
    return [health.note(None if good else FAILED, threshold=2)[0] for good in outcomes]


def test_target_is_initial_until_it_succeeds_and_unhealthy_after_failures_in_a_row():
    assert states([False, False, False, True, False, True, False, False, True]) == [
        "initial", "initial", "initial", "healthy", "healthy", "healthy", "healthy", "unhealthy", "healthy",
    ]  # fmt: skip
