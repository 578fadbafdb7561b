"""The pages of the health and admin applications."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from contract.components import Function
from slipway_proxy.health.app import admin_application, health_application
from slipway_proxy.health.checks import HealthChecks
from slipway_proxy.runtime import Runtime
from tests.unit.ami_build.test_runtime import SETTINGS

from .fakes import CERTIFICATE, Clock, FakeFunctions, FakeProcesses, proxy_client

VALUES = Runtime(
    SETTINGS, dict.fromkeys(Function, "https://function.test/"), "i-1", "eu-central-1", "/slipway/test", "", 1, 1, ""
)


async def get(app: FastAPI, path: str, host: str = "localhost") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client:
        return await client.get(path)


@pytest.fixture
def functions() -> FakeFunctions:
    return FakeFunctions()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(tmp_path: Path, functions: FakeFunctions, clock: Clock) -> FastAPI:
    (tmp_path / "mitmproxy-ca-cert.pem").write_text(CERTIFICATE)
    (tmp_path / "mitmproxy-ca.pem").write_text("the private key")
    checks = HealthChecks(
        proxy=proxy_client(200),
        processes=FakeProcesses(),
        leaving=lambda: None,
        users_problem=lambda: "",
        functions=functions,
        directory=tmp_path,
        clock=clock,
    )
    return health_application(VALUES, checks)


async def test_a_fit_instance(health: FastAPI) -> None:
    reply = await get(health, "/info/health")
    assert reply.status_code == 200
    assert reply.json()["status"] == "ok"
    assert reply.json()["version"] == "1"


async def test_an_unfit_instance_says_why(health: FastAPI, functions: FakeFunctions) -> None:
    functions.down = {Function.HTML_SERVICE}
    reply = await get(health, "/info/health")
    assert (reply.status_code, reply.json()["status"]) == (503, "unfit")
    assert reply.json()["checks"]["html-service"] == {"ok": False, "detail": "cannot be reached: refused"}


async def test_an_outage_later_is_degraded(health: FastAPI, functions: FakeFunctions, clock: Clock) -> None:
    await get(health, "/info/health")
    functions.down = {Function.HTML_SERVICE}
    clock.now += 5
    reply = await get(health, "/info/health")
    assert (reply.status_code, reply.json()["status"]) == (200, "degraded")


async def test_status_has_the_settings_and_no_address_of_a_function(health: FastAPI) -> None:
    reply = await get(health, "/info/status")
    assert reply.json()["settings"]["max_page_bytes"] == 1000
    assert reply.json()["instance_id"] == "i-1"
    assert "function.test" not in reply.text


async def test_the_certificate_and_never_the_key(health: FastAPI) -> None:
    reply = await get(health, "/ca.pem")
    assert (reply.text, reply.headers["content-type"]) == (CERTIFICATE, "application/x-pem-file")
    for path in ("/mitmproxy-ca.pem", "/..%2fmitmproxy-ca.pem", "/ca.pem/../mitmproxy-ca.pem"):
        assert (await get(health, path)).status_code == 404


async def test_no_certificate_yet(health: FastAPI, tmp_path: Path) -> None:
    (tmp_path / "mitmproxy-ca-cert.pem").unlink()
    reply = await get(health, "/ca.pem")
    assert (reply.status_code, reply.text) == (
        503,
        "no certificate yet: No such file or directory; run slipway-boot\n",
    )


async def test_the_public_port_has_no_admin_pages(health: FastAPI) -> None:
    for path in ("/dashboard", "/statistics", "/docs", "/openapi.json", "/"):
        assert (await get(health, path)).status_code == 404


async def test_the_admin_port_does_not_describe_itself(functions: FakeFunctions) -> None:
    assert (await get(admin_application(VALUES, functions, ["localhost"]), "/openapi.json")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/dashboard", "/dashboard/settings", "/statistics?window=week", "/settings", "/settings/history?limit=2"]
)
async def test_admin_pages_come_from_proxy_management(path: str, functions: FakeFunctions) -> None:
    functions.content = b"<h1>page</h1>"
    reply = await get(admin_application(VALUES, functions, ["localhost"]), path)
    assert (reply.status_code, reply.content) == (200, b"<h1>page</h1>")
    assert functions.asked == [(Function.PROXY_MANAGEMENT, path)]


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/settings"), ("POST", "/settings"), ("POST", "/statistics"), ("PUT", "/dashboard/settings"),
     ("PUT", "/statistics/reports/i-1/1"), ("GET", "/statistics/reports/i-1/1"),     ("DELETE", "/dashboard")],
)  # fmt: skip
async def test_nothing_else_is_passed_on(method: str, path: str, functions: FakeFunctions) -> None:
    app = admin_application(VALUES, functions, ["localhost"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.request(method, path)).status_code in (404, 405)
    assert functions.asked == []


async def test_the_start_page_leads_to_the_dashboard(functions: FakeFunctions) -> None:
    reply = await get(admin_application(VALUES, functions, ["localhost"]), "/")
    assert (reply.status_code, reply.headers["location"]) == (307, "/dashboard")


async def test_a_missing_function_is_said(functions: FakeFunctions) -> None:
    functions.down = {Function.PROXY_MANAGEMENT}
    reply = await get(admin_application(VALUES, functions, ["localhost"]), "/dashboard")
    assert (reply.status_code, reply.text) == (
        502,
        "the proxy-management function cannot be reached: refused\n",
    )


async def test_admin_pages_are_refused_under_a_name_that_is_not_ours(functions: FakeFunctions) -> None:
    reply = await get(admin_application(VALUES, functions, ["localhost"]), "/dashboard", host="attacker.test")
    assert reply.status_code == 400
    assert functions.asked == []
