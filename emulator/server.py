"""The embedded AWS's process: the emulator, our plug-in in it, and the local instances.

Runs on the emulator's own virtual environment, started by the launcher with a scrubbed environment. It only wires; what
AWS does stands in :mod:`emulator.plugin`, what instances do in :mod:`emulator.instances`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator import logfile
from emulator.background import Work, keep_going
from emulator.control import PREFIX, Control
from emulator.functions.environment import Machine
from emulator.instances.host import Host
from emulator.instances.local import Surroundings
from emulator.origins import is_application, refusal
from emulator.paths import FUNCTIONS_PYTHON, StatePaths
from emulator.plugin import background, clock, execution, install, offer
from emulator.plugin.borrowed import MissingNamesError
from emulator.plugin.hosting import EmulatedCloud
from emulator.plugin.persistence import Saver
from emulator.plugin.rehearsal import Rehearsal
from emulator.plugin.stacks import settle_interrupted_stacks
from emulator.plugin.stores import sizes
from emulator.plugin.users import deployer_credentials
from emulator.processes import die_with_parent
from emulator.state.document import StateError

SHUTDOWN_SECONDS = 1.8
_FOR_PAGES = b"access-control-"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Server:
    """The emulator's application with our additions around it.

    :param surroundings: what local instances have in common.
    :param application: the emulator.
    :param host: runs the local instances.
    :param control: commands that AWS does not have.
    :param saver: keeps the state.
    """

    def __init__(
        self, surroundings: Surroundings, application: Application, host: Host, control: Control, saver: Saver
    ) -> None:
        self._surroundings = surroundings
        self._port = urlsplit(surroundings.endpoint_url).port or 0
        self._application = application
        self._host = host
        self._control = control
        self._saver = saver
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "lifespan":
            await self._begin(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        is_control = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        problem = refusal(scope["path"], headers, self._port, only_here=is_control)
        if problem is not None:
            await _refuse(problem, scope, receive, send)
            return
        if is_control:
            await self._serve_control(scope, headers, receive, send)
            return
        if not is_application(scope["path"], headers):
            send = _to_no_page(send)
        if scope["type"] == "http":
            self._saver.note(scope)
            # Policies that refuse what does not come over TLS must not refuse everything: loopback stands in for TLS.
            scope["scheme"] = "https"
        await self._application(scope, receive, send)

    async def _begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._application(scope, receive, self._when_ready(send))
        except Exception as error:
            # Hypercorn would go on without us. Nothing is to be saved: what is on disk stays as it is.
            if not isinstance(error, StateError):
                traceback.print_exc()
            sys.stderr.write(f"error: {error if isinstance(error, StateError) else repr(error)}\n")
            sys.stderr.flush()
            os._exit(1)

    def _when_ready(self, send: Send) -> Send:
        """Do what has to follow the loading of the saved state, before the first request is served."""

        async def forward(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                settle_interrupted_stacks()
                paths = self._surroundings.paths
                works: list[Work] = [self._saver.run, partial(logfile.keep_short, paths.log)]
                works += background(paths, self._saver.note_change)
                for work in works:
                    self._start(keep_going(work))
                loop = asyncio.get_running_loop()
                # Credentials end in real time: signatures are of real time, too.
                self._host.start(EmulatedCloud(self._surroundings, loop, _real_time, self._saver.note_change))
            await send(message)

        return forward

    async def _serve_control(self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = self._control.answer(scope["method"], scope["path"], headers, body)
        await _answer(send, status, b"application/json", json.dumps(answer))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self, port: int) -> None:
        """Serve until a signal asks to stop."""
        config = importlib.import_module("hypercorn.config").Config()
        config.bind = [f"127.0.0.1:{port}"]
        config.keep_alive_timeout = 75
        config.accesslog = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._shut_down)
        # Ends only with the process: see `_shut_down`.
        await importlib.import_module("hypercorn.asyncio").serve(self, config, shutdown_trigger=asyncio.Event().wait)

    def _shut_down(self) -> None:
        self._start(self._end())

    async def _end(self) -> None:
        # A function or a custom resource that waits must not hold up the end.
        deadline = threading.Timer(SHUTDOWN_SECONDS, _exit, (1,))
        deadline.daemon = True
        deadline.start()
        self._saver.save_last()
        await asyncio.to_thread(self._host.stop)
        self._saver.save_last()
        _exit(0)


async def _answer(send: Send, status: int, form: bytes, text: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", form)]})
    await send({"type": "http.response.body", "body": text.encode()})


async def _refuse(problem: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await _answer(send, 403, b"text/plain; charset=utf-8", f"{problem}\n")
    else:
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "refused"})


def _to_no_page(send: Send) -> Send:
    """Take out of answers that pages of every origin may read them, as the emulator says."""

    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if not name.lower().startswith(_FOR_PAGES)]
            message = {**message, "headers": kept}
        await send(message)

    return forward


def _exit(status: int) -> None:
    execution.kill_all()
    os._exit(status)


def _real_time() -> datetime:
    """Return the time that no rehearsal puts forward; the plug-in's is :mod:`emulator.plugin.clock`."""
    return datetime.now(UTC)


def raise_file_limit() -> None:
    """Allow as many open files as the system lets us; each function, instance and connection needs some."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def main() -> int:
    """Run the server with what the launcher put into the environment; return the exit status."""
    if starter := os.environ.pop("SLIPWAY_EMULATOR_STARTER", ""):
        die_with_parent()
        if os.getppid() != int(starter):
            return 1  # It has ended already, and nobody else will end this process.
    paths = StatePaths(Path(os.environ["SLIPWAY_EMULATOR_STATE"]))
    port = int(os.environ["GATEWAY_PORT"])
    surroundings = Surroundings(paths, f"http://127.0.0.1:{port}")
    machine = Machine(FUNCTIONS_PYTHON, paths.temporary, surroundings.endpoint_url, paths.certificates, paths.runtime)
    # Those who wait for the instances, and whoever reads since when nothing is saved, know real time only.
    host = Host(paths.fleet, lambda: _real_time().timestamp())
    saver = Saver(_real_time)
    control = Control()
    control.add("stores", sizes)
    control.add("saving", lambda _arguments: saver.saving.describe())
    clock.use(lambda: _real_time().timestamp())
    rehearsal = Rehearsal(lambda: _real_time().timestamp())
    try:
        application = install(machine, paths.instances)
        saver.load()
    except (MissingNamesError, StateError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    application = rehearsal.install(application)
    rehearsal.offer(control)
    offer(control)
    control.add("deployer", deployer_credentials)
    for name in ("PYTHONPATH", "SLIPWAY_EMULATOR_STATE"):
        # Functions inherit this environment; they must find only what they bring along.
        os.environ.pop(name)
    raise_file_limit()
    asyncio.run(Server(surroundings, application, host, control, saver).run(port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
