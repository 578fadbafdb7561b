"""A page goes through the deployed platform: transformed, then from the cache; untouched when a function is down."""

from __future__ import annotations

import re
import signal
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

import config
from contract.components import Function
from contract.headers import Result
from contract.modes import Mode
from emulator.processes import ProcessIdentity
from local import corpus
from local.browse import Browser, Page, readable_lines
from tests.e2e.conftest import Platform

HTML_PAGES = [page for page in corpus.pages() if page.content_type.startswith("text/html")]


def fresh(url: str) -> str:
    """Return the URL with a query that no cache has seen."""
    return f"{url}?fresh={uuid.uuid4().hex}"


def masked(text: str) -> str:
    """Return a text with an x for each letter and digit, whatever marks it has."""
    kinds = ((unicodedata.category(character)[0], character) for character in text)
    return "".join("x" if kind in "LN" else character for kind, character in kinds if kind != "M")


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"not within 60 s: {what}"
        time.sleep(0.2)


def settled(measure: Callable[[], int]) -> int:
    """Return what is measured as soon as it has been the same for a second."""
    before, now = -1, measure()
    while now != before:
        time.sleep(1)
        before, now = now, measure()
    return now


def form_token(page: httpx.Response) -> str:
    found = re.search(r'name="form-token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


@pytest.fixture(scope="module")
def dashboard(platform: Platform) -> Iterator[httpx.Client]:
    """Return a browser of the operator, whose password `make up` has shown."""
    shown = re.search(r"as operator with the password (\S+) ", platform.output)
    assert shown, platform.output
    address = platform.instance.dashboard_url.removesuffix("/dashboard")
    with httpx.Client(base_url=address, trust_env=False, follow_redirects=True, timeout=30) as client:
        fields = {"name": "operator", "password": shown[1], "form-token": form_token(client.get("/dashboard"))}
        entered = client.post("/dashboard/sign-in", data=fields, headers={"origin": address})
        assert "Signed in as <b><bdi>operator</bdi></b>" in entered.text, entered.text
        yield client


def totals(dashboard: httpx.Client) -> dict[str, Any]:
    totals: dict[str, Any] = dashboard.get("/statistics?window=hour").raise_for_status().json()["totals"]
    return totals


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_comes_back_transformed_and_then_from_the_cache(platform: Platform, scheme: str) -> None:
    base = platform.server.https_url if scheme == "https" else platform.server.http_url
    url = fresh(f"{base}/{platform.server.main_page}")
    with platform.browser() as browser, platform.direct() as direct:
        original = direct.fetch(url)
        first = browser.fetch(url, Mode.XXX)
        wait_for(lambda: browser.fetch(url, Mode.XXX).result == Result.CACHED, "the page from the cache")
        second = browser.fetch(url, Mode.XXX)
    assert len(original.body) > 300_000
    assert first.result == Result.TRANSFORMED
    assert second.body == first.body

    before, after = readable_lines(original, shortest=1), readable_lines(first, shortest=1)
    assert len(before) > 500
    assert after == [masked(line) for line in before]


def test_the_cache_outlives_the_proxy_process(platform: Platform) -> None:
    url = fresh(f"{platform.server.http_url}/{platform.server.main_page}")
    s3 = platform.aws.client("s3")
    bucket = platform.stack_output("storage", "CacheBucketName")

    def stored() -> int:
        return int(s3.list_objects_v2(Bucket=bucket)["KeyCount"])

    # Pages of tests before this one are stored while nobody waits for them.
    at_first = settled(stored)
    with platform.browser() as browser:
        first = browser.fetch(url, Mode.XXX)
    wait_for(lambda: stored() > at_first, "the page in the cache's bucket")

    units = [f"slipway-proxy@{number}.service" for number in (1, 2)]
    before = [platform.process(unit) for unit in units]
    for process in before:
        process.signal_group(signal.SIGKILL)
    wait_for(lambda: not {*before} & {platform.process(unit) for unit in units}, "other processes of the proxy")
    wait_for(platform.instance.is_healthy, "a healthy instance")

    with platform.browser() as browser:
        again = browser.fetch(url, Mode.XXX)
    assert again.result == Result.CACHED
    assert again.body == first.body


def test_the_counters_move(platform: Platform, dashboard: httpx.Client) -> None:
    before = totals(dashboard)
    with platform.browser() as browser:
        browser.fetch(fresh(f"{platform.server.http_url}/{platform.server.main_page}"), Mode.XXX)
    wait_for(lambda: totals(dashboard)["requests"] > before["requests"], "one more request")
    wait_for(lambda: totals(dashboard)["modes"].get("xxx", 0) > before["modes"].get("xxx", 0), "one more in mode xxx")


def test_the_dashboard_shows_what_was_counted(platform: Platform, dashboard: httpx.Client) -> None:
    with platform.browser() as browser:
        browser.fetch(fresh(f"{platform.server.http_url}/{platform.server.main_page}"), Mode.XXX)
    wait_for(lambda: totals(dashboard)["requests"] > 0, "a request that was counted")

    def is_shown() -> bool:
        page = dashboard.get("/dashboard?window=hour").raise_for_status()
        assert page.headers["content-type"].startswith("text/html")
        shown = re.search(r"<dt>Requests</dt><dd>([\d,]+)</dd>", page.text)
        assert shown
        return int(shown[1].replace(",", "")) == totals(dashboard)["requests"]

    # A report may come in between the two questions.
    wait_for(is_shown, "the same number of requests on the dashboard")


def test_the_dashboard_shows_nothing_to_who_has_not_signed_in(platform: Platform) -> None:
    address = platform.instance.dashboard_url.removesuffix("/dashboard")
    page = httpx.get(f"{address}/dashboard", trust_env=False, timeout=30)
    assert (page.status_code, page.headers["location"]) == (303, "/dashboard/sign-in?next=overview")
    assert httpx.get(f"{address}/statistics", trust_env=False, timeout=30).status_code == 401


def test_a_change_of_settings_reaches_the_running_proxy_and_the_history(
    platform: Platform, dashboard: httpx.Client
) -> None:
    url = f"{platform.server.http_url}/{platform.server.main_page}"

    def change(mode: str, note: str) -> None:
        form = dashboard.get("/dashboard/settings")
        base = re.search(r'name="base" value="(\d+)"', form.text)
        assert base
        fields = {"form-token": form_token(form), "base": base[1], "default-mode": mode, "note": note}
        sent = dashboard.post(
            "/dashboard/settings", data=fields, headers={"origin": str(dashboard.base_url).rstrip("/")}
        )
        assert "is saved" in sent.text, sent.text

    with platform.browser() as browser:
        change(Mode.OFF, "quiet for a moment")
        wait_for(lambda: browser.fetch(fresh(url)).result == Result.PASSED_THROUGH, "a page in the mode off")
        change("", "as it was")
        wait_for(lambda: browser.fetch(fresh(url)).result != Result.PASSED_THROUGH, "a page in the deployed mode")
    history = dashboard.get("/dashboard/history").text
    assert history.index("as it was") < history.index("quiet for a moment")
    assert history.count("operator") >= 2


@pytest.mark.parametrize("page", HTML_PAGES, ids=lambda page: page.file)
def test_roundtrip_brings_every_page_back_byte_for_byte(platform: Platform, page: corpus.CorpusPage) -> None:
    url = fresh(f"{platform.server.http_url}/{page.file}")
    with platform.browser() as browser, platform.direct() as direct:
        assert browser.fetch(url, Mode.ROUNDTRIP).body == direct.fetch(url).body


def test_what_is_not_html_passes_through(platform: Platform) -> None:
    page = next(each for each in corpus.pages() if each not in HTML_PAGES)
    with platform.browser() as browser, platform.direct() as direct:
        answer = browser.fetch(f"{platform.server.http_url}/{page.file}", Mode.XXX)
        assert answer.body == direct.fetch(f"{platform.server.http_url}/{page.file}").body
    assert (answer.result, answer.reason) == (Result.PASSED_THROUGH, "not html")


def test_a_page_over_the_limit_passes_through_whole_and_says_so(platform: Platform) -> None:
    url = f"{platform.server.http_url}/large.html"
    with platform.browser() as browser, platform.direct() as direct:
        answer = browser.fetch(url, Mode.XXX)
        assert answer.body == direct.fetch(url).body
    assert (answer.result, answer.reason) == (Result.PASSED_THROUGH, "too large")


def test_an_unknown_mode_is_answered_with_what_is_allowed(platform: Platform) -> None:
    answer = httpx.get(
        f"{platform.server.http_url}/{platform.server.main_page}",
        headers={"mitm-mode": "upside-down"},
        proxy=httpx.Proxy(platform.load_balancer.proxy_url),
        trust_env=False,
        timeout=60,
    )
    assert answer.status_code == 400
    assert all(mode.value in answer.text for mode in Mode)


@pytest.mark.parametrize("function", [Function.HTML_SERVICE, Function.SEMANTIC_TEXT_SERVICE], ids=str)
def test_a_stopped_function_brings_the_page_back_untouched_and_marked(platform: Platform, function: Function) -> None:
    client = platform.aws.client("lambda")
    name = platform.stack_output("functions", f"{function.pascal}Name")
    url = f"{platform.server.http_url}/{platform.server.main_page}"
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        with platform.browser() as browser, platform.direct() as direct:
            began = time.monotonic()
            answer = browser.fetch(fresh(url), Mode.XXX)
            took = time.monotonic() - began
            assert answer.body == direct.fetch(url).body
        assert answer.result == Result.FAILED_OPEN
        assert answer.reason
        assert took < 12, "the budget for the functions is 2 s"
    finally:
        client.delete_function_concurrency(FunctionName=name)
    with platform.browser() as browser:
        wait_for(lambda: browser.fetch(fresh(url), Mode.XXX).result == Result.TRANSFORMED, "the page transformed again")


def fetch_with_workers_stopped(
    platform: Platform, function: Function, browser: Browser, url: str, stopped: ExitStack
) -> Page:
    """Return the page as it comes while no process of a function moves; `stopped` lets them go on.

    On a slow machine a call that was given up may still be starting a process of its own when the others are stopped,
    and would serve the page: then that one is stopped too.
    """
    known: set[ProcessIdentity] = set()
    while True:
        new = set(platform.workers(function)) - known
        assert new, "all processes of the function are stopped, and yet it answered"
        for worker in new:
            worker.signal_group(signal.SIGSTOP)
            stopped.callback(worker.signal_group, signal.SIGCONT)
        known |= new
        answer = browser.fetch(fresh(url), Mode.XXX)
        if answer.result != Result.TRANSFORMED:
            return answer


@pytest.mark.parametrize("function", [Function.HTML_SERVICE, Function.SEMANTIC_TEXT_SERVICE], ids=str)
def test_a_hanging_function_costs_its_budget_and_not_the_page(platform: Platform, function: Function) -> None:
    budget = config.load("local").proxy.function_timeout_seconds
    url = f"{platform.server.http_url}/{platform.server.main_page}"
    with platform.browser() as browser, platform.direct() as direct, ExitStack() as stopped:
        wait_for(lambda: browser.fetch(fresh(url), Mode.XXX).result == Result.TRANSFORMED, "a working function")
        answer = fetch_with_workers_stopped(platform, function, browser, url, stopped)
        stopped.close()
        assert answer.body == direct.fetch(url).body
        assert (answer.result, answer.status) == (Result.FAILED_OPEN, 200)
        assert answer.reason
        assert budget <= answer.milliseconds / 1000 < budget + 10, "the budget, and a page's way"
        wait_for(lambda: browser.fetch(fresh(url), Mode.XXX).result == Result.TRANSFORMED, "the page transformed again")


def test_make_up_shows_the_page_before_and_after_and_what_to_type_next(platform: Platform) -> None:
    for expected in ("before", "after (mode xxx)", "dashboard", "slipway-local-fleet", "curl -x", "make down"):
        assert expected in platform.output
