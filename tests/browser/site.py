"""The dashboard on this machine: proxy management's own handler, a store in memory, and what a busy fleet reported."""

from __future__ import annotations

import io
import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from aws_lambda_powertools import Logger

from contract.fleet_settings import FleetSettings
from contract.headers import ADMIN_ORIGIN
from contract.sketch import Sketch
from contract.statistics import MINUTE_FORMAT, Cell, HostCount, Report
from contract.users import DashboardAccess, PasswordHash, Users
from lambda_src.proxy_management import pages
from lambda_src.proxy_management.gate import Gate
from lambda_src.proxy_management.hours import Process
from lambda_src.proxy_management.reports import take_report
from lambda_src.proxy_management.routes import build_application
from lambda_src.proxy_management.sessions import Sessions
from lambda_src.proxy_management.settings_history import FreshSettings, SettingsHistory
from lambda_src.proxy_management.windows import Statistics
from lambda_src.shared.settings import ServiceSettings
from tests.fuzz.function_server import as_wsgi
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


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


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
        pages.register(self.app, told, statistics=read, history=self.history, gate=gate, clock=lambda: self.now)

    def _seconds(self) -> float:
        return self.now.timestamp()

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it as an instance's admin port does."""
        lock = threading.Lock()
        application = as_wsgi(self.app)

        def forwarded(environ, start_response):  # type: ignore[no-untyped-def] # WSGI's own words
            environ[f"HTTP_{ADMIN_ORIGIN.upper().replace('-', '_')}"] = f"http://{environ['HTTP_HOST']}"
            with lock:  # as a container of a function, which answers one request at a time
                return application(environ, start_response)

        with make_server("127.0.0.1", 0, forwarded, Server, QuietHandler) as server:
            self.address = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield
            finally:
                server.shutdown()
                thread.join()


def busy_site() -> Site:
    """Return a dashboard of two instances that have been at work for a week; always the same."""
    statistics = MemoryStore()
    dice = random.Random(20261121)  # noqa: S311 - figures, no secret
    for back in range(7 * 24, 1, -1):
        at = NOW - timedelta(hours=back)
        cells = {at.strftime(MINUTE_FORMAT): cell(dice, _daily(at) * 900)}
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
               "failed-open": int(count > 45), "refused": count // 90}  # fmt: skip
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
