"""The peer of our proxy: mitmproxy, the same version from the same environment, with no addon at all."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import BenchmarkError
from local.setup import WORK

MITMDUMP = WORK / "venvs" / "proxy" / "bin" / "mitmdump"
LOOPBACK = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class PlainProxy:
    """A mitmproxy that runs.

    :param url: where clients reach it.
    :param certificate: PEM text of its certificate authority.
    """

    url: str
    certificate: str


@contextmanager
def plain_proxy(origin_authority: Path, program: Path = MITMDUMP) -> Iterator[PlainProxy]:
    """Run a mitmproxy without addons for the time of a `with` block.

    :param origin_authority: PEM file with which it verifies the origin's certificate.
    :param program: mitmproxy's command without a user interface.
    :raises BenchmarkError: if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        port = _free_port()
        command = [
            str(program), "--quiet",
            "--listen-host", LOOPBACK, "--listen-port", str(port),
            "--set", f"confdir={folder}", "--set", f"ssl_verify_upstream_trusted_ca={origin_authority}",
        ]  # fmt: skip
        log = Path(folder) / "log"
        with log.open("wb") as output, _process(command, output.fileno()) as process:
            _await_listening(process, port, log)
            yield PlainProxy(f"http://{LOOPBACK}:{port}", (Path(folder) / "mitmproxy-ca-cert.pem").read_text("ascii"))


@contextmanager
def _process(command: list[str], output: int) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.05)
    raise BenchmarkError(f"mitmproxy did not start: {log.read_text(errors='replace').strip() or 'it said nothing'}")


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind((LOOPBACK, 0))
        port: int = attempt.getsockname()[1]
    return port
