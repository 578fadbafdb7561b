"""Stand-ins for what the health application asks."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

import httpx

from contract.components import Function
from slipway_proxy.health.processes import State

CERTIFICATE = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(b'certificate').decode()}\n-----END CERTIFICATE-----\n"


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class FakeFunctions:
    """Functions that answer `status`, except those that are `down`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Function, str]] = []
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []
        self.down: set[Function] = set()
        self.failure: Exception | None = None
        self.status = 200
        self.content = b"{}"
        self.headers: Sequence[tuple[str, str]] = [("content-type", "application/json")]

    async def send(
        self, function: Function, method: str, path: str, *, headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        self.sent.append((method, path, dict(headers), body))
        return await self.get(function, path)

    async def get(self, function: Function, path: str) -> httpx.Response:
        self.asked.append((function, path))
        if self.failure is not None:
            raise self.failure
        if function in self.down:
            raise httpx.ConnectError("refused")
        return httpx.Response(self.status, content=self.content, headers=self.headers)


class FakeProcesses:
    """Processes of the proxy, with the problems that a test gives them."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems or ("",)

    async def states(self) -> list[State]:
        return [State(problem) for problem in self.problems]


def proxy_client(status: int) -> httpx.AsyncClient:
    """Return a client whose requests the proxy answers with `status`; 0 stands for no proxy."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "http://slipway.canary/"
        if not status:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, text="why\n")

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))
