"""Each process of the proxy is asked by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from slipway_proxy.health.processes import Load, ProxyProcesses, State


def processes(folder: Path, answer: Callable[[httpx.Request], httpx.Response], count: int = 2) -> ProxyProcesses:
    (folder / "proxy-1.port").write_text("4001\n")
    (folder / "proxy-2.port").write_text("4002\n")
    return ProxyProcesses(httpx.AsyncClient(transport=httpx.MockTransport(answer)), folder, count)


def running(count: str, status: int = 200) -> httpx.Response:
    return httpx.Response(
        status, text="draining\n", headers={"x-slipway-running-requests": count, "x-slipway-clients": "7"}
    )


async def test_every_process_is_asked_as_a_proxy_on_its_own_port(tmp_path: Path) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.headers["host"], request.extensions["target"]))
        return running(str(len(asked)))

    found = processes(tmp_path, answer)
    assert await found.states() == [State("", 1, 7), State("", 2, 7)]
    assert [url for url, _, _ in asked] == ["http://127.0.0.1:4001/", "http://127.0.0.1:4002/"]
    assert {(host, target) for _, host, target in asked} == {("slipway.canary", b"http://slipway.canary/")}
    assert await found.load() == Load(3 + 4, 7 + 7)


async def test_one_that_is_gone_is_named(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.port == 4001:
            raise httpx.ConnectError("refused")
        return running("1")

    assert await processes(tmp_path, answer).states() == [State("process 1 does not answer: refused"), State("", 1, 7)]


async def test_one_that_hangs_is_not_waited_for_longer_than_the_load_balancer_waits(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["read"] == 2.0
        raise httpx.ReadTimeout("")

    assert await processes(tmp_path, answer, count=1).states() == [State("process 1 does not answer: ReadTimeout")]


async def test_one_that_drains_still_says_what_runs(tmp_path: Path) -> None:
    found = processes(tmp_path, lambda _: running("3", status=503), count=1)
    assert await found.states() == [State("process 1 answered 503: draining", 3, 7)]
    assert await found.load() == Load(3, 7)


async def test_one_that_has_not_said_its_port_does_not_listen_yet(tmp_path: Path) -> None:
    assert (await processes(tmp_path, lambda _: running("0"), count=3).states())[2] == State(
        "process 3 does not listen yet"
    )


@pytest.mark.parametrize("told", ["", "many", "-1"])
async def test_what_is_no_number_counts_as_nothing(tmp_path: Path, told: str) -> None:
    assert (await processes(tmp_path, lambda _: running(told), count=1).states()) == [State("", 0, 7)]
