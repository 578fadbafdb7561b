"""What becomes of a page, with functions that a test controls."""

# ruff: noqa: ARG002 - fakes take what the real ones take

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from contract.headers import Result
from contract.modes import Engine, Mode, Parameters
from slipway_proxy.functions import CachedPage, FunctionError, FunctionUnavailableError, TransformedPage
from slipway_proxy.pipeline import FAILURES_THAT_OPEN, Outcome, Page, Pipeline

PAGE = Page("host", "/path", "q=1", Mode.XXX, "utf-8", b"one two", "id", private=False)


class FakeServices:
    """A transformed word is `x`. `failures` maps a step to what it raises, or to None to hang."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures: dict[str, Exception | None] = {}
        self.stored: dict[str, bytes] = {}
        self.remaining_seconds = 60.0
        self.failed_texts = 0
        self.left = ""

    async def _step(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failures:
            if (failure := self.failures[name]) is not None:
                raise failure
            await asyncio.sleep(3600)

    async def transform(
        self, html: bytes, charset: str | None, mode: Mode, parameters: Parameters, correlation_id: str
    ) -> TransformedPage:
        await self._step("transform")
        body = b" ".join(b"x" for _ in html.split()) if mode is Mode.XXX else html
        return TransformedPage(body, self.failed_texts, self.left)

    async def retrieve(self, key: str, correlation_id: str) -> CachedPage | None:
        await self._step("retrieve")
        return CachedPage(self.stored[key], self.remaining_seconds) if key in self.stored else None

    async def store(self, key: str, body: bytes, correlation_id: str) -> None:
        await self._step("store")
        self.stored[key] = body


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def pipeline(services: FakeServices, clock: Clock | None = None, budget: float = 5.0) -> Pipeline:
    return Pipeline(services, version="1", budget_seconds=budget, ttl_seconds=60, clock=clock or Clock())


async def test_cache_then_one_call_then_cache() -> None:
    services = FakeServices()
    line = pipeline(services)
    assert await line.process(PAGE) == Outcome(Result.TRANSFORMED, b"x x")
    await line.close(1)
    assert services.calls == ["retrieve", "transform", "store"]
    assert list(services.stored.values()) == [b"x x"]


async def test_the_second_time_only_memory_is_asked_and_later_the_service() -> None:
    services, clock = FakeServices(), Clock()
    line = pipeline(services, clock)
    await line.process(PAGE)
    await line.close(1)
    services.calls.clear()
    assert await line.process(PAGE) == Outcome(Result.CACHED, b"x x")
    assert services.calls == []
    clock.now = 60
    assert await line.process(PAGE) == Outcome(Result.CACHED, b"x x")
    assert services.calls == ["retrieve"]


async def test_a_page_from_the_service_stays_in_memory_only_for_the_rest_of_its_time() -> None:
    services, clock = FakeServices(), Clock()
    line = pipeline(services, clock)
    services.stored[PAGE.cache_key("1")] = b"x x"
    services.remaining_seconds = 5.0
    await line.process(PAGE)
    clock.now = 4.9
    await line.process(PAGE)
    assert services.calls == ["retrieve"]
    clock.now = 5.0
    await line.process(PAGE)
    assert services.calls == ["retrieve", "retrieve"]


async def test_a_private_page_stays_in_the_memory_of_this_process() -> None:
    services = FakeServices()
    line = pipeline(services)
    private = dataclasses.replace(PAGE, private=True)
    assert await line.process(private) == Outcome(Result.TRANSFORMED, b"x x")
    assert await line.process(private) == Outcome(Result.CACHED, b"x x")
    await line.close(1)
    assert services.calls == ["transform"]
    assert services.stored == {}


async def test_roundtrip_goes_the_whole_way_and_replaces_nothing() -> None:
    services = FakeServices()
    outcome = await pipeline(services).process(dataclasses.replace(PAGE, mode=Mode.ROUNDTRIP))
    assert outcome == Outcome(Result.TRANSFORMED, PAGE.body)
    assert services.calls[:2] == ["retrieve", "transform"]


async def test_a_page_of_which_texts_failed_is_kept_nowhere() -> None:
    services = FakeServices()
    services.failed_texts = 3
    line = pipeline(services)
    for _ in range(FAILURES_THAT_OPEN + 1):
        assert await line.process(PAGE) == Outcome(Result.PARTIAL, b"x x", failed_texts=3)
    await line.close(1)
    assert services.stored == {}


@pytest.mark.parametrize(
    ("left", "failed", "outcome"),
    [
        ("charset", 0, Outcome(Result.PASSED_THROUGH, b"x x", "charset not read")),
        ("from-byte 7", 0, Outcome(Result.PARTIAL, b"x x", "not read to its end")),
        ("from-byte 7", 2, Outcome(Result.PARTIAL, b"x x", "not read to its end", failed_texts=2)),
    ],
)
async def test_what_was_not_read_counts_as_what_it_is_and_is_kept_nowhere(
    left: str, failed: int, outcome: Outcome
) -> None:
    services = FakeServices()
    services.left, services.failed_texts = left, failed
    line = pipeline(services)
    for _ in range(FAILURES_THAT_OPEN + 1):
        assert await line.process(PAGE) == outcome
    await line.close(1)
    assert services.stored == {}
    assert line.failing == ()


@pytest.mark.parametrize(
    "change",
    [
        {"host": "other"}, {"path": "/other"}, {"query": ""}, {"mode": Mode.ROUNDTRIP}, {"charset": None},
        {"body": b"other"},
    ],
)  # fmt: skip
def test_everything_that_a_page_depends_on_is_in_its_key(change: dict[str, object]) -> None:
    assert dataclasses.replace(PAGE, **change).cache_key("1") != PAGE.cache_key("1")


@pytest.mark.parametrize(
    "change", [{"mode": Mode.XXX_NEGATIVE_1}, {"parameters": Parameters(0.3, Engine.EMBEDDED)},
               {"parameters": Parameters(None, Engine.COMPREHEND)}],
)  # fmt: skip
def test_what_rates_a_page_is_in_its_key(change: dict[str, object]) -> None:
    page = dataclasses.replace(PAGE, mode=Mode.XXX_NEGATIVE, parameters=Parameters(None, Engine.EMBEDDED))
    assert dataclasses.replace(page, **change).cache_key("1") != page.cache_key("1")


def test_what_rates_texts_does_not_count_in_other_modes() -> None:
    page = dataclasses.replace(PAGE, parameters=Parameters(0.3, Engine.EMBEDDED))
    assert page.cache_key("1") == PAGE.cache_key("1")


def test_the_key_depends_on_the_version_and_not_on_the_request() -> None:
    assert PAGE.cache_key("2") != PAGE.cache_key("1")
    assert dataclasses.replace(PAGE, correlation_id="other").cache_key("1") == PAGE.cache_key("1")
    assert len(PAGE.cache_key("1")) == 64


def test_parts_of_the_key_do_not_run_into_each_other() -> None:
    one, two = dataclasses.replace(PAGE, path="/a", query="b"), dataclasses.replace(PAGE, path="/ab", query="")
    assert one.cache_key("1") != two.cache_key("1")


async def test_a_failure_has_a_reason_and_is_never_cached() -> None:
    services = FakeServices()
    line = pipeline(services)
    services.failures["transform"] = FunctionUnavailableError("down")
    assert await line.process(PAGE) == Outcome(Result.FAILED_OPEN, reason="down")
    services.failures.clear()
    assert (await line.process(PAGE)).result is Result.TRANSFORMED
    await line.close(1)


async def test_a_hanging_function_ends_with_the_budget() -> None:
    services = FakeServices()
    services.failures["transform"] = None
    assert await pipeline(services, budget=0.05).process(PAGE) == Outcome(Result.FAILED_OPEN, reason="timeout")


@pytest.mark.parametrize("failure", [None, FunctionUnavailableError("down"), FunctionError("odd")])
async def test_a_cache_that_fails_or_hangs_costs_nothing_but_time(failure: Exception | None) -> None:
    services = FakeServices()
    services.failures["retrieve"] = failure
    assert (await pipeline(services, budget=0.4).process(PAGE)).result is Result.TRANSFORMED


async def test_dead_functions_are_left_alone_but_cached_pages_still_come() -> None:
    services, clock = FakeServices(), Clock()
    line = pipeline(services, clock)
    services.stored[PAGE.cache_key("1")] = b"x x"
    services.failures["transform"] = FunctionUnavailableError("down")
    others = [dataclasses.replace(PAGE, path=f"/{number}") for number in range(FAILURES_THAT_OPEN + 1)]
    reasons = [(await line.process(other)).reason for other in others]
    assert reasons == ["down"] * FAILURES_THAT_OPEN + ["functions unavailable"]
    assert line.failing == ("html-service",)
    assert (await line.process(PAGE)).result is Result.CACHED
    services.failures.clear()
    clock.now = 5.0
    assert (await line.process(others[0])).result is Result.TRANSFORMED
    assert line.failing == ()
    await line.close(1)


async def test_a_page_that_a_function_refuses_does_not_stop_other_pages() -> None:
    services = FakeServices()
    line = pipeline(services)
    services.failures["transform"] = FunctionError("html-service answered 413")
    for number in range(FAILURES_THAT_OPEN + 1):
        assert (await line.process(dataclasses.replace(PAGE, path=f"/{number}"))).reason == "html-service answered 413"


async def test_a_dead_cache_is_left_alone() -> None:
    services = FakeServices()
    services.failures |= {"retrieve": FunctionError("down"), "store": FunctionError("down")}
    line = pipeline(services)
    for number in range(20):
        assert (await line.process(dataclasses.replace(PAGE, path=f"/{number}"))).result is Result.TRANSFORMED
        await line.close(1)
    assert services.calls.count("retrieve") + services.calls.count("store") <= FAILURES_THAT_OPEN + 1
    assert line.failing == ("cache-service",)


async def test_closing_gives_up_on_a_store_that_hangs() -> None:
    services = FakeServices()
    services.failures["store"] = None
    line = pipeline(services)
    assert (await line.process(PAGE)).result is Result.TRANSFORMED
    await line.close(0.01)
    await asyncio.sleep(0)
    assert services.stored == {}
