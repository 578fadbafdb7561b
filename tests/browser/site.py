"""The dashboard on this machine, with all that is between it and a browser: an instance's admin application in front,
proxy management's own handler behind it, and a store in memory with what a busy fleet reported.
"""

from __future__ import annotations

import io
import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
from aws_lambda_powertools import Logger
from botocore.credentials import Credentials

from contract.fleet_settings import FleetSettings
from contract.sketch import Sketch
from contract.statistics import MINUTE_FORMAT, Cell, HostCount, Report
from contract.users import DashboardAccess, PasswordHash, Users
from emulator import ports
from lambda_src.proxy_management import pages
from lambda_src.proxy_management.gate import Gate
from lambda_src.proxy_management.hours import Process
from lambda_src.proxy_management.reports import take_report
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.sessions import Sessions
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.settings import ServiceSettings
from slipway_proxy.health.__main__ import server
from slipway_proxy.health.app import admin_application
from slipway_proxy.health.functions import FunctionClient, no_cookies
from slipway_proxy.signing import Signer
from tests.fuzz.function_server import Handler, as_wsgi
from tests.unit.ami_build.health.test_app import VALUES as INSTANCE
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

NOW = datetime(2026, 11, 21, 22, 41, 30, tzinfo=UTC)
INTERVAL = timedelta(seconds=5)
PASSWORD = "correct horse battery"
USERS = Users({"operator": PasswordHash.of(PASSWORD, cost=(1, 1, 1))})
ACCESS = DashboardAccess(USERS, "k" * 64)
PROCESSES = tuple(
    Process(instance, f"{number}-7f3a9c")
    for instance in ("i-0a1b2c3d4e5f60718", "i-0fedcba9876543210")
    for number in (1, 2)
)
HOSTS = ("en.wikipedia.example", "news.example.org", "shop.example.com", "docs.example.net", "forum.example.org",
         "weather.example.com", "mail.example.net", "maps.example.org", "video.example.com", "blog.example.net",
         "code.example.org", "xn--bcher-kva.example")  # fmt: skip


class ToHandler(httpx.AsyncBaseTransport):
    """Takes a function's handler for its URL."""

    # A container answers one request after the other, and Powertools relies on that: it keeps the event that is being
    # answered at a class. Two dashboards in this process, each with a thread of its own, would see each other's.
    _container = threading.Lock()

    def __init__(self, handler: Handler) -> None:
        self._function = httpx.WSGITransport(as_wsgi(handler))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with self._container:
            answer = self._function.handle_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.read())


class Site:
    """A dashboard with its data; `now` is when it is, and `address` where, once it is served."""

    def __init__(self, statistics: MemoryStore, settings: MemoryStore) -> None:
        self.now = NOW
        self.history = SettingsHistory(settings)
        self.access = ACCESS
        self.address = ""
        told = ServiceSettings("proxy-management", "1.4.0", "production")
        sessions = Sessions(lambda: self.access, self._seconds)
        gate = Gate(sessions, told.environment)
        read = Statistics(statistics, INTERVAL)
        self.app = build_application(
            told, read, self.history, FreshSettings(self.history, time.monotonic), clock=lambda: self.now,
            identify=gate.identify, logger=Logger(service="dashboard-in-a-browser", stream=io.StringIO()),
        )  # fmt: skip
        pages.register(
            self.app, told, statistics=read, history=self.history, gate=gate, clock=lambda: self.now,
            default_mode="xxx",
        )  # fmt: skip

    def _seconds(self) -> float:
        return self.now.timestamp()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it at an instance's admin port."""
        (port,) = ports.pick()
        running = server(admin_application(INSTANCE, self._functions(), ["127.0.0.1"]), "127.0.0.1", port)
        thread = threading.Thread(target=running.run)
        thread.start()
        while not running.started:
            assert thread.is_alive()
            time.sleep(0.01)
        self.address = f"http://127.0.0.1:{port}"
        try:
            yield
        finally:
            running.should_exit = True
            thread.join()

    def _functions(self) -> FunctionClient:
        client = httpx.AsyncClient(transport=ToHandler(self.app), cookies=no_cookies())
        return FunctionClient(client, Signer(lambda: Credentials("key", "secret"), "eu-central-1"), INSTANCE.functions)


def busy_site() -> Site:
    """Return a dashboard of two instances that have been at work for a week; always the same."""
    statistics = MemoryStore()
    dice = random.Random(20261121)  # noqa: S311 - figures, no secret
    for back in range(7 * 24, 1, -1):
        at = NOW - timedelta(hours=back)
        # A quarter of the hours is each process's, and so is four times what it did in one.
        cells = {at.strftime(MINUTE_FORMAT): cell(dice, _daily(at) / _daily(NOW) * 40 * 60 * 4)}
        take_report(statistics, PROCESSES[back % 4], Report(1, cells=cells), at)
    for process in PROCESSES:
        minutes = [NOW - timedelta(minutes=back) for back in range(75, -1, -1)]
        cells = {at.strftime(MINUTE_FORMAT): cell(dice, 40 + 15 * math.sin(at.minute / 4)) for at in minutes}
        version = 3 if process is PROCESSES[0] else 4
        told = Report(900, running=dice.randint(2, 9), settings_version=version, cells=cells)
        take_report(statistics, process, told, NOW - timedelta(seconds=dice.randint(1, 4)))
    site = Site(statistics, MemoryStore())
    _change_settings(site.history)
    return site


def _daily(at: datetime) -> float:
    return 0.35 + 0.65 * math.sin(math.pi * at.hour / 24) ** 2


def _change_settings(history: SettingsHistory) -> None:
    versions = (
        (FleetSettings(default_mode="xxx"), "alice", "mask everything while we look into it"),
        (FleetSettings(default_mode="xxx", blocked_hosts=("ads.example.com",)), "bob", ""),
        (FleetSettings(blocked_hosts=("*.tracker.example", "ads.example.com")), "alice", "back to as deployed"),
        (FleetSettings(blocked_hosts=("*.tracker.example", "ads.example.com"),
                       ratings={"xxx-negative": 0.15}), "operator", "less sensitive, as users asked for"),
    )  # fmt: skip
    for base, (settings, who, note) in enumerate(versions):
        history.change(base, settings, who=who, note=note, now=NOW - timedelta(days=4 - base, minutes=base * 37))


def cell(dice: random.Random, responses: float) -> Cell:
    """Return what a process may have done in a minute."""
    count = round(responses * dice.uniform(0.85, 1.15))
    results = {"transformed": round(count * 0.12), "cached": round(count * 0.3), "partly-transformed": count // 80,
               "failed-open": int(count * 0.006 + 0.7), "refused": count // 90}  # fmt: skip
    results["passed-through"] = count - sum(results.values())
    hosts = {}
    for rank, host in enumerate(HOSTS, start=1):
        of_host = round(count / rank / 3.2)
        hosts[host] = HostCount(of_host, round(of_host * 0.43), results["failed-open"] if rank == 2 else 0)
    answering, transforming = Sketch(), Sketch()
    for _ in range(min(count, 60)):
        own = dice.lognormvariate(3.2, 0.6)
        transforming.add(own)
        answering.add(own + dice.lognormvariate(4.4, 0.8))
    modes = {"xxx": round(count * 0.28), "xxx-negative": round(count * 0.13), "roundtrip": round(count * 0.01)}
    reasons = {"html-service: slower than 2 s": results["failed-open"]} if results["failed-open"] else {}
    return Cell(count + 1, count, count * 31_000, 0, results, modes, hosts, reasons, answering, transforming)
