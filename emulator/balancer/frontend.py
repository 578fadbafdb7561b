"""A listener's socket: takes connections of clients and gives each a target."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Any

from emulator.balancer.plan import Listener, TargetKey
from emulator.balancer.relay import Counters, Flow
from emulator.balancer.router import Router

BACKLOG = 1024
CONNECT_SECONDS = 10.0
LONGEST_IDLE_CHECK_SECONDS = 10.0


class Frontend:
    """One open listener; lives on one event loop.

    :param listener: what it does; may be replaced as long as the port stays.
    :param clock: seconds since whenever.
    """

    def __init__(
        self, listener: Listener, router: Router, counters: Counters, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.listener = listener
        self._router = router
        self._counters = counters
        self._clock = clock
        self._keys: dict[Flow, TargetKey | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0
        """TCP port on which it listens, known when it is open."""

    async def open(self, bound: socket.socket) -> None:
        """Listen on a socket that is bound already."""
        self.port = bound.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(self._admit, sock=bound, backlog=BACKLOG)
        self._start(self._end_idle())

    async def close(self) -> None:
        """Listen no more, and reset the connections that there are."""
        if self._server is not None:
            self._server.close()
        for flow in list(self._keys):
            flow.reset()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def active_flows(self) -> int:
        """Number of connections that there are; may be asked from any thread."""
        return len(self._keys)

    def _admit(self) -> asyncio.Protocol:
        self._counters.new_flows += 1
        return Flow(self._counters, self._clock, self._begin, self._end).client

    def _begin(self, flow: Flow) -> None:
        chosen = self._router.choose(self.listener.group_arn)
        self._keys[flow] = chosen.key if chosen else None
        if chosen is None:
            self._counters.own_resets += 1
            flow.reset()
            return
        self._router.add(chosen.key, flow)
        source = flow.client.address if chosen.preserves_client else None
        self._start(flow.connect(chosen.target.address or "", chosen.target.port, source, CONNECT_SECONDS))

    def _end(self, flow: Flow) -> None:
        key = self._keys.pop(flow, None)
        if key is not None:
            self._router.remove(key, flow)

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(min(self.listener.idle_seconds / 4, LONGEST_IDLE_CHECK_SECONDS))
            limit = self._clock() - self.listener.idle_seconds
            for flow in [flow for flow in self._keys if flow.used < limit]:
                self._counters.own_resets += 1
                flow.reset()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
