"""What a process tells proxy management, and what it does with the answers."""

from __future__ import annotations

import asyncio
import json

import pytest

from contract.fleet_settings import FleetSettings
from contract.headers import Result
from contract.modes import Mode
from contract.statistics import OTHERS, Cell, Report
from lambda_src.proxy_management.models import ReportBody, ReportReply
from slipway_proxy import management
from slipway_proxy.functions import FunctionUnavailableError, RefusedContentError
from slipway_proxy.management import Management
from slipway_proxy.statistics import Reporter, Statistics, UnacceptableReportError
from slipway_proxy.steering import Steering


class FakeServices:
    """Answers with `answer`, or raises it."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.reports: list[tuple[str, str, Report]] = []
        self.asked = 0

    async def report(self, instance_id: str, process_id: str, report: Report) -> object:
        self.reports.append((instance_id, process_id, report))
        return await self.fleet_settings()

    async def fleet_settings(self) -> object:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer == "silence":
            await asyncio.sleep(3600)
        return self.answer


class Work:
    running_flows = 3
    failing = ("cache-service",)


def process(services: FakeServices) -> tuple[Management, Steering]:
    steering = Steering(default_mode=Mode.XXX, known=FleetSettings(4))
    return Management(services, steering, instance_id="i-1", process_id="p-1"), steering


async def test_a_report_says_how_the_process_is_and_brings_settings() -> None:
    services = FakeServices(FleetSettings(5, "off").to_dict())
    own, steering = process(services)
    cells = {"2026-11-21T22:41Z": Cell(1)}
    await own.report(7, cells, Work(), last=True)
    expected = Report(7, running=3, settings_version=4, failing=("cache-service",), ended=True, cells=cells)
    assert services.reports == [("i-1", "p-1", expected)]
    assert (steering.version, steering.default_mode) == (5, Mode.OFF)


async def test_what_is_never_accepted_is_told_from_what_may_be_later() -> None:
    own, _ = process(FakeServices(RefusedContentError("proxy-management answered 422")))
    with pytest.raises(UnacceptableReportError, match="answered 422"):
        await own.report(1, {}, Work(), last=False)
    own, _ = process(FakeServices(FunctionUnavailableError("away")))
    with pytest.raises(FunctionUnavailableError):
        await own.report(1, {}, Work(), last=False)


async def test_a_start_fetches_settings() -> None:
    own, steering = process(FakeServices(FleetSettings(5, "off").to_dict()))
    await own.fetch()
    assert steering.version == 5


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("silence", "timeout"), (FunctionUnavailableError("away"), "away"), (KeyError("no URL"), "no URL")],
)
async def test_a_start_waits_for_nobody(answer: object, reason: str, caplog, monkeypatch) -> None:
    monkeypatch.setattr(management, "FETCH_SECONDS", 0.01)
    own, steering = process(FakeServices(answer))
    await own.fetch()
    assert steering.version == 4
    assert f"{reason}; those of version 4 hold" in caplog.text.replace("'", "")


@pytest.mark.parametrize(("known", "tries"), [(FleetSettings(), 2), (FleetSettings(4), 1)])
async def test_a_start_that_knows_nothing_yet_asks_twice(known: FleetSettings, tries: int, monkeypatch) -> None:
    monkeypatch.setattr(management, "PAUSE_SECONDS", 0.0)
    services = FakeServices(FunctionUnavailableError("cold"))
    steering = Steering(default_mode=Mode.XXX, known=known)
    await Management(services, steering, instance_id="i-1", process_id="p-1").fetch()
    assert (services.asked, steering.version) == (tries, known.version)


async def test_the_function_takes_what_a_process_sends_and_the_process_what_the_function_answers() -> None:
    statistics = Statistics(lambda: 1_795_348_800.0)
    for host in ("example.org", "b\u00fccher.example", "[2001:db8::1]", "127.0.0.1 <b>", "_srv.example", "a" * 300):
        statistics.count_request()
        statistics.count_response(Result.TRANSFORMED, host=host, mode=Mode.HIDE_MIXED, milliseconds=12.5)
    for result in Result:
        statistics.count_response(result, host="example.com", mode=Mode.XXX)
    statistics.count_page(1e12)
    statistics.count_failure("html-service answered 503")
    statistics.count_failure("r\u00f6hre\r\n" * 100)
    newest = FleetSettings(5, "hide-mixed", ("ads.example",), {"hide-mixed": 0.4})
    services = FakeServices(json.loads(ReportReply(settings=newest.to_dict()).model_dump_json())["settings"])
    own, steering = process(services)
    await Reporter(statistics, lambda sequence, cells, last: own.report(sequence, cells, Work(), last=last)).finish()
    [(_, _, report)] = services.reports
    assert ReportBody.model_validate_json(report.to_json()).to_report() == report
    assert report.cells["2026-11-22T12:00Z"].hosts.keys() == {
        "example.org", "xn--bcher-kva.example", "2001:db8::1", "_srv.example", "example.com", OTHERS,
    }  # fmt: skip
    assert (steering.version, steering.ratings) == (5, {Mode.HIDE_MIXED: 0.4})
