"""What passes between a browser at the admin port and the function, and what does not."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contract.components import Function
from slipway_proxy.health.app import admin_application

from .fakes import FakeFunctions
from .test_app import VALUES

EVERYTHING = {
    "accept": "text/html",
    "authorization": "Basic secret",
    "content-type": "application/x-www-form-urlencoded",
    "cookie": "slipway-test-session=token; theirs=other; slipway-test-form=id; slipway-test-browser=known",
    "hx-request": "true",
    "origin": "http://localhost:8082",
    "x-forwarded-for": "10.0.0.1",
    "x-slipway-admin-origin": "https://forged.test",
}


@pytest.fixture
def functions() -> FakeFunctions:
    return FakeFunctions()


@pytest.fixture
def app(functions: FakeFunctions) -> FastAPI:
    return admin_application(VALUES, functions, ["localhost"])


async def ask(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8082") as client:
        return await client.request(method, path, **options)


async def test_listed_headers_and_own_cookies_go_to_the_function_and_it_is_told_who_asks(
    app: FastAPI, functions: FakeFunctions
) -> None:
    await ask(app, "POST", "/dashboard/settings", headers=EVERYTHING, content=b"note=x")

    ((method, path, headers, body),) = functions.sent
    assert (method, path, body) == ("POST", "/dashboard/settings", b"note=x")
    assert headers == {
        "accept": "text/html",
        "content-type": "application/x-www-form-urlencoded",
        "cookie": "slipway-test-session=token; slipway-test-form=id; slipway-test-browser=known",
        "hx-request": "true",
        "origin": "http://localhost:8082",
        "x-slipway-admin-origin": "http://localhost:8082",
    }


async def test_listed_headers_and_own_cookies_come_back(app: FastAPI, functions: FakeFunctions) -> None:
    functions.status = 303
    functions.headers = [
        ("content-security-policy", "default-src 'none'"),
        ("referrer-policy", "same-origin"),
        ("location", "/dashboard/history"),
        ("set-cookie", "slipway-test-session=a; HttpOnly"),
        ("set-cookie", "slipway-test-form=; Max-Age=0"),
        ("set-cookie", "other=1"),
        ("server", "what it is"),
        ("x-amzn-requestid", "1"),
    ]

    reply = await ask(app, "POST", "/dashboard/sign-in")

    assert (reply.status_code, reply.headers["location"]) == (303, "/dashboard/history")
    assert reply.headers["content-security-policy"] == "default-src 'none'"
    assert reply.headers["referrer-policy"] == "same-origin"
    assert reply.headers.get_list("set-cookie") == ["slipway-test-session=a; HttpOnly", "slipway-test-form=; Max-Age=0"]
    assert not {"server", "x-amzn-requestid"} & reply.headers.keys()


async def test_what_no_header_of_ours_can_be_stays_here(app: FastAPI, functions: FakeFunctions) -> None:
    headers = [
        (b"accept", "text/html; q=ä".encode()),
        (b"origin", b"http://localhost:8082\t"),
        (b"cookie", "slipway-test-session=tökén; slipway-test-form=an.id_-1".encode()),
        (b"cookie", b"slipway-test-other=1; slipway-=2; xslipway-test-form=3; slipway-test-session-x=4"),
    ]
    reply = await ask(app, "GET", "/dashboard", headers=headers)
    assert reply.status_code == 200
    assert functions.sent[0][2] == {
        "cookie": "slipway-test-form=an.id_-1",
        "x-slipway-admin-origin": "http://localhost:8082",
    }
    # By where a browser asks, the function knows that it is none of its programs; that cannot be left out.
    assert (await ask(app, "GET", "/dashboard", headers=[(b"host", "localhost:ü".encode())])).status_code == 400


async def test_nothing_is_kept_by_a_browser_unless_the_function_says_so(app: FastAPI, functions: FakeFunctions) -> None:
    unsaid = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    large = {"content": b"x" * 65_537}
    for method, path, options in (
        ("GET", "/statistics", {}), ("GET", "/settings/history", {}), ("GET", "/dashboard//x", {}),
        ("GET", f"/dashboard?{'x' * 2049}", {}), ("POST", "/dashboard/settings", large),
    ):  # fmt: skip
        reply = await ask(app, method, path, **options)
        assert unsaid.items() <= dict(reply.headers).items(), (method, path)
    functions.headers = [("cache-control", "private, max-age=9")]
    assert (await ask(app, "GET", "/dashboard/static/x.css")).headers["cache-control"] == "private, max-age=9"
    functions.down = {Function.PROXY_MANAGEMENT}
    reply = await ask(app, "GET", "/dashboard")
    assert reply.status_code == 502
    assert unsaid.items() <= dict(reply.headers).items()


@pytest.mark.parametrize(
    ("path", "asked"), [("/dashboard/", "/dashboard"), ("/dashboard/settings/?a=b", "/dashboard/settings?a=b")]
)
async def test_a_slash_at_the_end_means_the_page_before_it(
    path: str, asked: str, app: FastAPI, functions: FakeFunctions
) -> None:
    assert (await ask(app, "GET", path)).status_code == 200
    assert functions.asked == [(Function.PROXY_MANAGEMENT, asked)]


@pytest.mark.parametrize("location", ["https://elsewhere.test/", "//elsewhere.test", "javascript:alert(1)"])
async def test_nobody_is_sent_elsewhere(location: str, app: FastAPI, functions: FakeFunctions) -> None:
    functions.status, functions.headers = 303, [("location", location)]

    assert "location" not in (await ask(app, "GET", "/dashboard")).headers


@pytest.mark.parametrize(
    "path", ["/dashboard/..%2fsettings", "/dashboard/%2e%2e/settings", "/dashboard//x", "/dashboard/a%20b"]
)
async def test_paths_that_may_mean_something_else_go_nowhere(path: str, app: FastAPI, functions: FakeFunctions) -> None:
    assert (await ask(app, "GET", path)).status_code == 404
    assert functions.asked == []


async def test_a_query_is_written_as_it_is_signed(app: FastAPI, functions: FakeFunctions) -> None:
    await ask(app, "GET", "/dashboard?window=week&note=a+b%2Fc&empty=")

    assert functions.asked == [(Function.PROXY_MANAGEMENT, "/dashboard?window=week&note=a%20b%2Fc&empty=")]


async def test_what_is_too_large_is_refused_before_it_is_sent(app: FastAPI, functions: FakeFunctions) -> None:
    assert (await ask(app, "POST", "/dashboard/settings", content=b"x" * 65_537)).status_code == 413
    assert (await ask(app, "GET", f"/dashboard?{'x' * 2049}")).status_code == 414
    assert functions.asked == []
