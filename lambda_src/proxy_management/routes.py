"""HTTP interface of proxy management for programs: parses, calls the modules beside it, shapes the reply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger

from contract import routes
from contract.fleet_settings import FleetSettings
from contract.statistics import LONGEST_REPORT_BYTES, Report
from lambda_src.proxy_management.callers import Identify, signer
from lambda_src.proxy_management.hours import HOUR, Process, beginning_of_minute, hour_of
from lambda_src.proxy_management.models import (
    ChangeBody,
    EntryReply,
    HistoryQuery,
    HistoryReply,
    OverviewQuery,
    ReportBody,
    ReportReply,
    SettingsBody,
)
from lambda_src.proxy_management.overview import Overview
from lambda_src.proxy_management.reports import take_report
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.store import ObjectStore
from lambda_src.proxy_management.sums import sum_of_hour
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.application import Application
from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.validation import check_name

OLDEST_MINUTE = timedelta(hours=25)
"""A process keeps what it could not deliver for 24 hours."""

NEWEST_MINUTE = timedelta(hours=1)
"""How far ahead a process's clock may be; one that is off by more than minutes cannot even sign its calls."""

Clock = Callable[[], datetime]
Who = Callable[[], str]
"""Returns who sends the current request, or refuses them."""


def build_application(
    settings: ServiceSettings,
    statistics: Statistics,
    history: SettingsHistory,
    fresh: FreshSettings,
    *,
    clock: Clock,
    identify: Identify = signer,
    logger: Logger | None = None,
) -> Application:
    """Return the service's handler.

    :param clock: UTC.
    :param identify: says who sends an event, or refuses them.
    """
    app = Application(settings, max_body_bytes=LONGEST_REPORT_BYTES, logger=logger)

    def who() -> str:
        return identify(app.resolver.current_event.raw_event)

    _take_reports(app, statistics.store, fresh, clock)
    _tell_statistics(app, statistics, clock, who)
    _serve_settings(app, history, clock, who)
    return app


def _take_reports(app: Application, store: ObjectStore, fresh: FreshSettings, clock: Clock) -> None:
    @app.route(
        "PUT",
        routes.REPORT_STATISTICS,
        "Take what a process of the proxy has counted, and tell it of newer settings.",
        body=ReportBody,
        reply=ReportReply,
    )
    def report_statistics(instance_id: str, process_id: str, body: ReportBody) -> ReportReply:
        process = Process(check_name("path.instance_id", instance_id), check_name("path.process_id", process_id))
        now = clock()
        report, wrong = _without_wrong_minutes(body.to_report(), now)
        taken = take_report(store, process, report, now)
        for problem, what in (("wrong minutes", wrong), ("unreadable objects", taken.unreadable)):
            if what:
                extra = {**vars(process), "left_out": what}
                app.logger.error(f"a part of a report is not kept: {problem}", extra=extra)
        settings = newer_than(body.settings_version)
        if taken.is_first:
            # Somebody has to make the sums, and nobody may be looking. That hour gets late reports at most.
            try_to_sum(hour_of(now - 2 * HOUR))
        return ReportReply(settings=SettingsBody.model_validate(settings.to_dict()) if settings else None)

    def try_to_sum(hour: str) -> None:
        try:
            sum_of_hour(store, hour)
        except UnavailableError as error:
            app.logger.warning("an hour has no sum yet; who looks makes it", extra={"error": error.message})

    def newer_than(version: int) -> FleetSettings | None:
        try:
            return fresh.newer_than(version)
        except UnavailableError as error:
            # What was counted is safe by now, and the next report asks again.
            app.logger.warning("the newest settings cannot be told", extra={"error": error.message})
            return None


def _tell_statistics(app: Application, statistics: Statistics, clock: Clock, who: Who) -> None:
    @app.route(
        "GET",
        routes.READ_STATISTICS,
        "Sum up what all processes did in a window of time.",
        query=OverviewQuery,
        reply=Overview,
    )
    def read_statistics(query: OverviewQuery) -> Overview:
        who()
        return statistics.overview(query.window, clock())


def _serve_settings(app: Application, history: SettingsHistory, clock: Clock, who: Who) -> None:
    @app.route("GET", routes.FLEET_SETTINGS, "Return the settings of the fleet.", reply=EntryReply)
    def read_settings() -> EntryReply:
        who()
        return EntryReply.of(history.newest())

    @app.route("PUT", routes.FLEET_SETTINGS, "Change the settings of the fleet.", body=ChangeBody, reply=EntryReply)
    def change_settings(body: ChangeBody) -> EntryReply:
        changed = history.change(body.base, body.settings.to_settings(), who=who(), note=body.note, now=clock())
        return EntryReply.of(changed)

    @app.route(
        "GET",
        routes.FLEET_SETTINGS_HISTORY,
        "Return who changed which settings when, the last change first.",
        query=HistoryQuery,
        reply=HistoryReply,
    )
    def read_history(query: HistoryQuery) -> HistoryReply:
        who()
        entries = history.entries(before=query.before, at_most=query.limit)
        has_more = bool(entries) and entries[-1].version > 1
        return HistoryReply(
            entries=[EntryReply.of(entry) for entry in entries], next_before=entries[-1].version if has_more else None
        )


def _without_wrong_minutes(report: Report, now: datetime) -> tuple[Report, tuple[str, ...]]:
    """Return a report without cells of minutes that nobody should report now, and these minutes.

    The others are right, and these will never be: refused as a whole, the report would come again and again, or its
    process would give up all of it.
    """
    earliest, latest = now - OLDEST_MINUTE, now + NEWEST_MINUTE
    wrong = tuple(minute for minute in report.cells if not earliest <= beginning_of_minute(minute) <= latest)
    return replace(report, cells={name: cell for name, cell in report.cells.items() if name not in wrong}), wrong
