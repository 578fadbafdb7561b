"""The running caches: starts and ends Valkey servers, and lets clients in to them over TLS.

All happens in one thread of its own, from which the servers are started too: a server ends with the thread that started
it, and this one lasts as long as the process.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

logger = logging.getLogger("slipway.caches")

HOST = "127.0.0.1"
START_SECONDS = 10.0
_POLL_SECONDS = 0.01
_CHUNK = 1 << 16


class CacheError(Exception):
    """A server does not start; the message says why."""


@dataclass(frozen=True)
class Certificate:
    """What a cache shows to its clients.

    :param chain: its certificate, as PEM.
    :param key: the private key to it, as PEM.
    """

    chain: str
    key: str


@dataclass
class _Running:
    process: subprocess.Popen[bytes]
    door: asyncio.Server
    folder: tempfile.TemporaryDirectory[str]


class Caches:
    """The caches that run; all methods may be called from any thread, and return when it is done.

    :param binary: Valkey's server.
    :param folder: where the servers' sockets stand; a short path, as that of a socket has some hundred characters.
    """

    def __init__(self, binary: Path, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._running: dict[str, _Running] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="caches", daemon=True)

    def start(self, key: str, certificate: Certificate, *, maximum_gb: int | None, port: int = 0) -> int:
        """Start an empty cache and return the port at which it answers on loopback.

        :param key: names the cache from now on; one of that name that runs already is ended before.
        :param maximum_gb: most data, in GB; entries with an end go when there is more. None for no bound.
        :param port: where it is to answer; any port if 0.
        :raises CacheError: if the server does not start, or the port is taken.
        """
        return self._do(self._start(key, certificate, maximum_gb, port))

    def stop(self, key: str) -> None:
        """End a cache, if it runs."""
        self._do(self._stop(key))

    def stop_all(self) -> None:
        """End all caches."""
        for key in list(self._running):
            self.stop(key)

    def _do[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        if not self._thread.is_alive():
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self, key: str, certificate: Certificate, maximum_gb: int | None, port: int) -> int:
        await self._stop(key)
        self._folder.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=self._folder, prefix="", ignore_cleanup_errors=True)
        path = Path(folder.name) / "valkey"
        process = self._launch(path, maximum_gb)
        try:
            await _until_it_answers(process, path)
            door = await _open_door(path, _context(certificate, Path(folder.name)), port)
        except BaseException:
            _end(process)
            folder.cleanup()
            raise
        self._running[key] = _Running(process, door, folder)
        return int(door.sockets[0].getsockname()[1])

    def _launch(self, path: Path, maximum_gb: int | None) -> subprocess.Popen[bytes]:
        bound = ["--maxmemory", f"{maximum_gb}gb", "--maxmemory-policy", "volatile-lru"] if maximum_gb else []
        command = [
            sys.executable, "-m", "emulator.caches.child", str(self._binary),
            "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(path.parent),
            "--save", "", "--appendonly", "no", *bound,
        ]  # fmt: skip
        root = Path(__file__).parents[2]
        return subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def _stop(self, key: str) -> None:
        running = self._running.pop(key, None)
        if running is None:
            return
        running.door.close()
        # With the server, the connections through the door end.
        _end(running.process)
        running.folder.cleanup()


def _end(process: subprocess.Popen[bytes]) -> None:
    # What it holds is gone with the cache; there is nothing to be put in order.
    process.kill()
    process.wait()


async def _until_it_answers(process: subprocess.Popen[bytes], path: Path) -> None:
    for _ in range(int(START_SECONDS / _POLL_SECONDS)):
        if process.poll() is not None:
            raise CacheError(f"Valkey's server ended with status {process.returncode} as soon as it was started")
        with suppress(OSError):
            _reader, writer = await asyncio.open_unix_connection(path)
            writer.close()
            return
        await asyncio.sleep(_POLL_SECONDS)
    raise CacheError(f"Valkey's server does not answer {START_SECONDS:g} s after it was started")


def _context(certificate: Certificate, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Python loads certificates from files only.
    chain, key = folder / "certificate.pem", folder / "key.pem"
    chain.write_text(certificate.chain)
    key.write_text(certificate.key)
    context.load_cert_chain(chain, key)
    key.unlink()
    return context


async def _open_door(path: Path, context: ssl.SSLContext, port: int) -> asyncio.Server:
    async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    try:
        return await asyncio.start_server(let_in, HOST, port, ssl=context)
    except OSError as error:
        raise CacheError(f"port {port} of {HOST} cannot be had: {error.strerror or error}") from error


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends; the other one ends then, too."""
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
