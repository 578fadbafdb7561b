"""The four functions as small HTTP servers that follow the interface and can be told to misbehave."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

from aiohttp import web

from contract import routes
from contract.fleet_settings import FleetSettings
from contract.statistics import Cell, Report, add_up

TEXT = re.compile(rb">([^<>]*\S[^<>]*)<")


@dataclass
class FakeFunctions:
    """All four functions under one base URL.

    `calls` lists what was asked, `broken` names what answers 500, `slow` what hangs. `latest` has the last report of
    each process, and `cells` what the newest of each said about a minute.
    """

    calls: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    stored: dict[str, bytes] = field(default_factory=dict)
    queries: list[dict[str, str]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    latest: dict[str, Report] = field(default_factory=dict)
    cells: dict[tuple[str, str], tuple[int, Cell]] = field(default_factory=dict)
    fleet_settings: FleetSettings = field(default_factory=FleetSettings)
    unsigned: int = 0
    failed_texts: int = 0
    left: str = ""

    @property
    def counted(self) -> Cell:
        """What all processes together have reported, as the contract wants it added up."""
        return add_up(cell for _, cell in self.cells.values())

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._misbehave], client_max_size=64 * 1024 * 1024)
        app.router.add_post("/f/html/transform", self._transform)
        app.router.add_get("/f/pages/key_based/retrieve/{key}", self._retrieve)
        app.router.add_post("/f/pages/key_based/store/binary/{key}", self._store)
        app.router.add_put(f"/f{routes.REPORT_STATISTICS}", self._report)
        app.router.add_get(f"/f{routes.FLEET_SETTINGS}", self._settings)
        return app

    @web.middleware
    async def _misbehave(self, request: web.Request, handler: object) -> web.StreamResponse:
        name = request.match_info.handler.__name__.strip("_")
        self.calls.append(name)
        if "Signature=" not in request.headers.get("authorization", ""):
            self.unsigned += 1
        if name in self.slow:
            await asyncio.sleep(30)
        if name in self.broken:
            return web.json_response({"error": {}}, status=500)
        return await handler(request)

    async def _transform(self, request: web.Request) -> web.Response:
        self.queries.append(dict(request.query))
        page = await request.read()
        if request.query["mode"] == "xxx":
            page = TEXT.sub(lambda found: b">" + re.sub(rb"\w", b"x", found[1]) + b"<", page)
        told = {"x-slipway-failed-texts": str(self.failed_texts)} if self.failed_texts else {}
        if self.left:
            told["x-slipway-left"] = self.left
        return web.Response(body=page, content_type="text/html", headers=told)

    async def _retrieve(self, request: web.Request) -> web.Response:
        body = self.stored.get(request.match_info["key"])
        if body is None:
            return web.json_response({"error": {}}, status=404)
        left = {"x-slipway-remaining-seconds": "60"}
        return web.Response(body=body, content_type="application/octet-stream", headers=left)

    async def _store(self, request: web.Request) -> web.Response:
        self.stored[request.match_info["key"]] = await request.read()
        return web.json_response({})

    async def _report(self, request: web.Request) -> web.Response:
        report = Report.from_json(await request.read())
        self.reports.append(report)
        process = request.match_info["process_id"]
        self.latest[process] = report
        for minute, cell in report.cells.items():
            if report.sequence > self.cells.get((process, minute), (0, Cell()))[0]:
                self.cells[process, minute] = (report.sequence, cell)
        is_new = report.settings_version != self.fleet_settings.version
        return web.json_response({"settings": self.fleet_settings.to_dict() if is_new else None})

    async def _settings(self, _: web.Request) -> web.Response:
        return web.json_response({"settings": self.fleet_settings.to_dict(), "who": "somebody"})
