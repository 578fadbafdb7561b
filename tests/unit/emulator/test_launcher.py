"""The launcher's refusals and outputs; that it starts a real emulator is shown by tests/emulated."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from emulator.launcher import Emulator, EmulatorError, describe, export_lines
from emulator.processes import ProcessIdentity


@pytest.fixture
def emulator(tmp_path):
    return Emulator(tmp_path / "state")


def test_no_address_before_the_first_start(emulator):
    with pytest.raises(EmulatorError, match="never been started"):
        _ = emulator.endpoint_url


def test_not_running_before_the_first_start(emulator):
    assert not emulator.is_running()
    assert describe(emulator)["running"] is False
    assert describe(emulator)["endpoint_url"] is None


def test_the_resolver_is_where_the_server_says(emulator):
    assert emulator.resolver is None
    emulator.state.mkdir()
    (emulator.state / "resolver-port").write_text("5353\n")
    assert describe(emulator)["resolver"] == emulator.resolver == "127.0.0.1:5353"


def test_stop_of_what_never_ran_leaves_nothing(emulator):
    emulator.stop()

    assert not emulator.state.exists()


def test_port_taken_by_another_program_is_said_with_the_next_step(emulator):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        emulator.state.mkdir()
        (emulator.state / "port").write_text(str(port))

        with pytest.raises(EmulatorError, match=rf"port {port} is taken[\s\S]*next:"):
            emulator.start()


def test_missing_environment_is_said_with_the_next_step(tmp_path):
    emulator = Emulator(tmp_path / "state", python=tmp_path / "none" / "python")

    with pytest.raises(EmulatorError, match="make setup"):
        emulator.start()


def test_server_that_fails_at_once_shows_the_end_of_its_log(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'ministack lacks services.ec2._vpcs' >&2\nexit 4\n")
    broken.chmod(0o755)

    with pytest.raises(EmulatorError, match=r"ended with 4[\s\S]*lacks services.ec2._vpcs[\s\S]*next:"):
        Emulator(tmp_path / "state", python=broken).start()


def test_environment_points_at_the_emulator_only(emulator):
    emulator.state.mkdir()
    (emulator.state / "port").write_text("4711\n")

    environment = emulator.environment()

    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4711"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"


def test_export_lines_are_safe_for_a_shell():
    environment = {"A": "plain", "B": "it's $HOME `x`"}
    lines = export_lines(environment)

    shown = subprocess.run(["/bin/sh", "-c", f'{lines}\nprintf %s "$B"'], capture_output=True, text=True, check=True)
    assert shown.stdout == environment["B"]
    assert shlex.split(lines.splitlines()[0]) == ["export", "A=plain"]


@contextmanager
def answering(emulator: Emulator, answer: bytes) -> Iterator[None]:
    """Stand in for a running emulator that answers all commands alike, or for b"" ends the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            self.wfile.write(answer and b"HTTP/1.0 200 OK\r\n\r\n" + answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        emulator.state.mkdir()
        (emulator.state / "port").write_text(str(server.server_port))
        own = ProcessIdentity.find(os.getpid())
        assert own is not None
        own.save(emulator.state / "process.json")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.parametrize("answer", [b"Internal Server Error", b"\xff", b"[]", b""])
def test_an_answer_that_makes_no_sense_is_said_with_the_next_step(emulator, answer):
    with (
        answering(emulator, answer),
        pytest.raises(EmulatorError, match=r"did not answer types as it should[\s\S]*next: read .*emulator.log"),
    ):
        emulator.control("types")
