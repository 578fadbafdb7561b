"""Ask the proxy's processes how they are, each one by itself.

A request to the port that they share shows that one of them answers, and never that all do.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import httpx

from slipway_proxy import canary
from slipway_proxy.runtime import port_file

TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class State:
    """How one process is.

    :param problem: why it does not serve; empty if it does.
    :param running: requests that it has not answered completely, and WebSockets that are open.
    :param clients: connections of clients that it has had since it started.
    """

    problem: str
    running: int = 0
    clients: int = 0


@dataclass(frozen=True)
class Load:
    """What all processes that answer have to do together.

    :param running: requests that they have not answered completely, and WebSockets that are open.
    :param clients: connections of clients that they have had; another number means that there were new ones.
    """

    running: int
    clients: int


class ProxyProcesses:
    """All processes of the proxy on this instance.

    :param client: HTTP client; it must not use a proxy.
    :param directory: runtime folder, where each process writes its port.
    :param count: how many there should be; they are numbered from 1.
    """

    def __init__(self, client: httpx.AsyncClient, directory: Path, count: int) -> None:
        self._client = client
        self._directory = directory
        self._numbers = range(1, count + 1)

    async def states(self) -> list[State]:
        """Return how each process is, in the order of their numbers."""
        return list(await asyncio.gather(*map(self._ask, self._numbers)))

    async def load(self) -> Load:
        """Return what the processes that answer have to do."""
        states = await self.states()
        return Load(sum(state.running for state in states), sum(state.clients for state in states))

    async def _ask(self, number: int) -> State:
        try:
            port = int((self._directory / port_file(number)).read_text())
        except (OSError, ValueError):
            return State(f"process {number} does not listen yet")
        # The whole URL stands in the request line, as any client of a proxy writes it.
        target = {"target": canary.URL.encode()}
        try:
            answer = await self._client.get(
                f"http://127.0.0.1:{port}/", headers={"host": canary.HOST}, extensions=target, timeout=TIMEOUT_SECONDS
            )
        except httpx.HTTPError as error:
            return State(f"process {number} does not answer: {str(error) or type(error).__name__}")
        running = _count(answer.headers.get(canary.RUNNING_REQUESTS, ""))
        clients = _count(answer.headers.get(canary.CLIENTS, ""))
        if answer.status_code != httpx.codes.OK:
            return State(f"process {number} answered {answer.status_code}: {answer.text.strip()}", running, clients)
        return State("", running, clients)


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else 0
