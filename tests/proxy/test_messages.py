"""What the headers of requests and responses say about a page, seen by a client and an origin of a real mitmproxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import PAGE

if TYPE_CHECKING:
    from .conftest import Origin, Proxy
    from .services import FakeFunctions


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html", None),
        ("Text/HTML; Charset=windows-1252", "windows-1252"),
        ('text/html; charset="utf-8"; x=y', "utf-8"),
        ("text/html;charset=", None),
        ('text/html;charset="no name&mode=off"', None),
    ],
)
async def test_the_charset_goes_to_the_functions_and_back_to_the_client(
    proxy, origin, functions, content_type, charset
) -> None:
    origin.headers = {"content-type": content_type}
    reply = await proxy.get(origin.url())
    assert functions.queries == [{"mode": "xxx"} | ({"charset": charset} if charset else {})]
    assert (reply.result, reply.headers["content-type"]) == ("transformed", content_type)


async def test_validators_of_the_origins_bytes_do_not_outlive_them(proxy: Proxy, origin: Origin) -> None:
    origin.headers |= {"etag": '"1"', "content-md5": "x", "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
    reply = await proxy.get(origin.url())
    assert not {"etag", "content-md5", "last-modified"} & {name.lower() for name in reply.headers}
    assert reply.headers["vary"] == "cookie, mitm-mode, mitm-rating, mitm-model"


async def test_no_mode_leaves_a_browser_with_a_copy_that_it_could_have_confirmed(proxy: Proxy, origin: Origin) -> None:
    origin.headers |= {"etag": '"1"', "content-md5": "x", "last-modified": "Sat, 21 Nov 2026 00:00:00 GMT"}
    reply = await proxy.get(origin.url(), headers={"mitm-mode": "off"})
    assert reply.result == "passed-through"
    assert not {"etag", "content-md5", "last-modified"} & {name.lower() for name in reply.headers}


@pytest.mark.parametrize(
    ("accept", "mode", "kept"),
    [("text/html,*/*;q=0.8", "xxx", False), ("Text/HTML", "roundtrip", False), ("text/html", "off", True),
     ("image/avif,*/*", "xxx", True)],
)  # fmt: skip
async def test_a_browser_cannot_confirm_a_page_of_another_mode(proxy, origin, accept, mode, kept) -> None:
    validators = {"if-none-match": '"1"', "if-modified-since": "Sat, 21 Nov 2026 00:00:00 GMT"}
    await proxy.get(origin.url(), headers={"accept": accept, "mitm-mode": mode, **validators})
    assert {name.lower() for name in origin.seen[0]} & set(validators) == (set(validators) if kept else set())


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"cookie": "session=1"}, {}),
        ({"authorization": "Basic YTpi"}, {}),
        ({}, {"set-cookie": "session=1"}),
        ({}, {"cache-control": "max-age=60, No-Store"}),
        ({}, {"cache-control": 'private="x"'}),
    ],
)
async def test_a_private_page_never_reaches_the_cache_service(proxy, origin, functions, sent, answered) -> None:
    origin.headers |= answered
    assert (await proxy.get(origin.url(), headers=sent)).result == "transformed"
    assert (await proxy.get(origin.url(), headers=sent)).result == "cached"
    await proxy.stop()
    assert functions.calls == ["transform"]


async def test_a_control_cookie_does_not_make_a_page_private(proxy, origin, functions) -> None:
    origin.headers |= {"cache-control": "max-age=60"}
    await proxy.get(origin.url(), headers={"cookie": "mitm-mode=xxx"})
    await proxy.stop()
    assert functions.calls[0] == "retrieve"


async def test_what_is_not_html_passes_untouched(proxy: Proxy, origin: Origin, functions: FakeFunctions) -> None:
    origin.headers = {"content-type": "application/xhtml+xml", "etag": '"1"'}
    reply = await proxy.get(origin.url())
    assert (reply.body, reply.result, reply.reason) == (PAGE, "passed-through", "not html")
    assert reply.headers["etag"] == '"1"'
    assert functions.calls == []


async def test_head_passes(proxy: Proxy, origin: Origin) -> None:
    reply = await proxy.get(origin.url(), method="HEAD")
    assert (reply.status, reply.body, reply.reason) == (200, b"", "no body")
    assert reply.headers["content-length"] == str(len(PAGE))


@pytest.mark.parametrize(
    ("status", "reason"), [(204, "no page"), (304, "no page"), (206, "part of a page"), (302, "no page")]
)
async def test_answers_that_are_no_whole_page_pass(proxy, origin, status, reason) -> None:
    origin.status = status
    reply = await proxy.get(origin.url(), allow_redirects=False)
    assert (reply.status, reply.result, reply.reason) == (status, "passed-through", reason)


async def test_a_page_that_failed_open_is_not_kept_by_the_browser(
    proxy: Proxy, origin: Origin, functions: FakeFunctions
) -> None:
    origin.headers |= {"etag": '"1"', "cache-control": "max-age=3600"}
    assert (await proxy.get(origin.url())).headers["cache-control"] == "max-age=3600"
    functions.broken.add("transform")
    reply = await proxy.get(origin.url("/other"))
    assert reply.result == "failed-open"
    assert reply.headers.getall("cache-control") == ["no-store"]
    assert "etag" not in reply.headers
