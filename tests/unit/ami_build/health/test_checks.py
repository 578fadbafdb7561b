"""The judgement about an instance."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from contract.components import Function
from slipway_proxy.health.checks import HealthChecks

from .fakes import CERTIFICATE, Clock, FakeFunctions, FakeProcesses, proxy_client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mitmproxy-ca-cert.pem").write_text(CERTIFICATE)
    return tmp_path


def checks(
    folder: Path,
    functions: FakeFunctions,
    clock: Clock | None = None,
    proxy: int = 200,
    problems: tuple[str, ...] = (),
    leaving: str | None = None,
    users_problem: str = "",
) -> HealthChecks:
    return HealthChecks(
        proxy=proxy_client(proxy),
        processes=FakeProcesses(*problems),
        leaving=lambda: leaving,
        users_problem=lambda: users_problem,
        functions=functions,
        directory=folder,
        clock=clock or Clock(),
    )


async def test_all_is_well(folder: Path) -> None:
    report = await checks(folder, FakeFunctions()).report()
    assert report.fit
    assert all(check.ok for check in report.checks.values())
    own = {"proxy", "processes", "certificate-authority", "users", "staying"}
    assert set(report.checks) == own | {function.value for function in Function}


async def test_one_process_that_does_not_answer_makes_the_instance_unfit(folder: Path) -> None:
    report = await checks(folder, FakeFunctions(), problems=("", "process 2 does not answer: refused")).report()
    assert not report.fit
    assert report.checks["proxy"].ok
    assert report.checks["processes"].detail == "process 2 does not answer: refused"


async def test_without_the_users_nobody_could_sign_in_so_it_is_unfit(folder: Path) -> None:
    report = await checks(folder, FakeFunctions(), users_problem="the users have not been read yet").report()
    assert not report.fit
    assert report.checks["users"].detail == "the users have not been read yet"


async def test_an_instance_that_is_about_to_end_is_unfit(folder: Path) -> None:
    report = await checks(folder, FakeFunctions(), leaving="its group terminates it").report()
    assert not report.fit
    assert report.checks["staying"].detail == "draining: its group terminates it"


@pytest.mark.parametrize("status", [503, 502, 404])
async def test_a_proxy_that_does_not_answer_the_canary_is_unfit(folder: Path, status: int) -> None:
    report = await checks(folder, FakeFunctions(), proxy=status).report()
    assert not report.fit
    assert report.checks["proxy"].detail == f"the proxy answered {status}: why"


async def test_no_proxy_at_all_is_unfit(folder: Path) -> None:
    report = await checks(folder, FakeFunctions(), proxy=0).report()
    assert not report.fit
    assert report.checks["proxy"].detail == "the proxy does not answer: refused"


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_missing_or_broken_certificate_is_unfit(folder: Path, content: str | None) -> None:
    (folder / "mitmproxy-ca-cert.pem").unlink()
    if content is not None:
        (folder / "mitmproxy-ca-cert.pem").write_text(content)
    report = await checks(folder, FakeFunctions()).report()
    assert not report.fit
    assert "no certificate of the authority" in report.checks["certificate-authority"].detail


async def test_before_all_functions_have_answered_once_it_is_unfit(folder: Path) -> None:
    functions = FakeFunctions()
    functions.down = {Function.CACHE_SERVICE}
    report = await checks(folder, functions).report()
    assert not report.fit
    assert report.checks["cache-service"].detail == "cannot be reached: refused"
    assert report.checks["html-service"].ok


async def test_later_their_outage_is_reported_but_the_instance_stays(folder: Path) -> None:
    functions, clock = FakeFunctions(), Clock()
    judging = checks(folder, functions, clock)
    assert (await judging.report()).fit
    functions.down, functions.status = {Function.CACHE_SERVICE}, 500
    clock.now += 5
    report = await judging.report()
    assert report.fit
    assert not report.checks["cache-service"].ok
    assert report.checks["html-service"].detail == "answered 500"


async def test_functions_are_asked_every_few_seconds_only(folder: Path) -> None:
    functions, clock = FakeFunctions(), Clock()
    judging = checks(folder, functions, clock)
    for _ in range(3):
        await judging.report()
    assert len(functions.asked) == len(Function)
    clock.now += 5
    await judging.report()
    assert len(functions.asked) == 2 * len(Function)
    assert {path for _, path in functions.asked} == {"/info/health"}


async def test_a_timeout_has_words_too(folder: Path) -> None:
    functions = FakeFunctions()
    functions.failure = httpx.ReadTimeout("")
    report = await checks(folder, functions).report()
    assert report.checks["html-service"].detail == "cannot be reached: ReadTimeout"
