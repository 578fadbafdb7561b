"""Who is refused, for what, and how: passwords, rates, and hosts by their names."""

from __future__ import annotations

import asyncio
import base64
import ssl
from pathlib import Path

import aiohttp
import pytest

from contract.users import PasswordHash, Users
from slipway_proxy import certificate_authority

from .conftest import MASKED, NOW, Origin, Start
from .test_addon_connections import tls_origin

ALICE = {"proxy-authorization": "Basic " + base64.b64encode(b"alice:correct horse").decode()}
WRONG = {"proxy-authorization": "Basic " + base64.b64encode(b"alice:wrong horse").decode()}


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """Write a file with one user, where the health application would."""
    file = tmp_path / "users" / "users.json"
    file.parent.mkdir()
    file.write_text(Users({"alice": PasswordHash.of("correct horse", cost=(1, 1, 1))}).to_json())
    return file


async def connect(port: int, destination: str) -> bytes:
    """Ask for a tunnel and return the head of the answer."""
    return await send(port, f"CONNECT {destination} HTTP/1.1".encode(), destination.encode())


async def send(port: int, start: bytes, host: bytes) -> bytes:
    """Send a request as it is, and return the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\r\n".join([start, b"host: " + host, b"", b""]))
    async with asyncio.timeout(20):
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return answer


async def test_without_a_password_a_client_is_asked_for_one(start: Start, origin: Origin, users: Path) -> None:
    async with start(authentication_required=True) as proxy:
        replies = [await proxy.get(origin.url()), await proxy.get(origin.url(), headers=WRONG)]
        tunnel = await connect(proxy.port, f"127.0.0.1:{origin.port}")
    for reply in replies:
        assert (reply.status, reply.result, reply.reason) == (407, "refused", "sign in")
        assert reply.headers["proxy-authenticate"] == 'Basic realm="Slipway proxy", charset="UTF-8"'
    assert tunnel.startswith(b"HTTP/1.1 407 ")
    assert b'proxy-authenticate: Basic realm="Slipway proxy"' in tunnel
    assert origin.seen == []


async def test_with_one_it_gets_its_page_and_the_origin_does_not_see_the_password(
    start: Start, origin: Origin, users: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with start(authentication_required=True) as proxy:
        reply = await proxy.get(origin.url(), headers=ALICE)
    assert (reply.status, reply.body) == (200, MASKED)
    assert "proxy-authorization" not in origin.seen[0]
    assert "correct horse" not in caplog.text
    assert ALICE["proxy-authorization"] not in caplog.text


async def test_what_comes_through_a_users_tunnel_is_the_users_until_the_user_is_removed(
    start: Start, origin: Origin, tmp_path: Path, users: Path
) -> None:
    authority = certificate_authority.create("origin", NOW)
    (tmp_path / "origin.pem").write_text(authority.certificate)
    async with (
        tls_origin(origin, authority, tmp_path) as port,
        start(
            trust_store=str(tmp_path / "origin.pem"), allowed_destination_ports=(port,), authentication_required=True
        ) as proxy,
        aiohttp.ClientSession() as session,
    ):
        trust = ssl.create_default_context(cafile=tmp_path / "mitmproxy-ca-cert.pem")
        way = {"proxy": f"http://127.0.0.1:{proxy.port}", "proxy_headers": ALICE, "ssl": trust}
        for _ in range(2):  # in the same tunnel
            async with session.get(f"https://localhost:{port}/", **way) as response:
                assert (response.status, await response.read()) == (200, MASKED)
        assert "proxy-authorization" not in origin.seen[0]
        proxy.addon._authentication._users = lambda: Users({})
        async with session.get(f"https://localhost:{port}/", **way) as response:
            assert response.status == 407
    assert len(origin.seen) == 2


async def test_a_password_in_one_request_lets_in_no_other(start: Start, origin: Origin, users: Path) -> None:
    async with start(authentication_required=True) as proxy, aiohttp.ClientSession() as session:
        way = {"proxy": f"http://127.0.0.1:{proxy.port}"}
        async with session.get(origin.url(), headers=ALICE, **way) as response:
            assert response.status == 200
        async with session.get(origin.url(), **way) as response:  # on the same connection
            assert response.status == 407


async def test_the_certificate_and_the_health_check_need_no_password(start: Start, users: Path) -> None:
    async with start(authentication_required=True) as proxy:
        assert (await proxy.get("http://slipway.canary/")).status == 200
        assert (await proxy.get("http://slipway.canary/ca.pem")).status == 200


async def test_without_a_file_of_users_nobody_is_let_in(start: Start, origin: Origin) -> None:
    async with start(authentication_required=True) as proxy:
        assert (await proxy.get(origin.url(), headers=ALICE)).status == 407


async def test_guessing_ends_after_a_few_attempts(start: Start, origin: Origin, users: Path) -> None:
    async with start(authentication_required=True, authentication_failures_per_minute=2) as proxy:
        replies = [await proxy.get(origin.url(), headers=WRONG) for _ in range(3)]
    assert [reply.status for reply in replies] == [407, 407, 429]
    assert (replies[2].headers["retry-after"], replies[2].reason) == ("60", "rate limit")


async def test_a_client_may_ask_so_often_and_no_more(start: Start, origin: Origin) -> None:
    async with start(client_requests_per_second=1) as proxy:
        replies = [await proxy.get(origin.url()) for _ in range(5)]
        assert {reply.status for reply in replies} == {200}
        statuses = [(await proxy.get(origin.url())).status for _ in range(3)]
        tunnel = await connect(proxy.port, f"127.0.0.1:{origin.port}")
    assert 429 in statuses
    assert tunnel.startswith((b"HTTP/1.1 429 ", b"HTTP/1.1 200 "))


RULES = {"allowed_destination_hosts": ("*.example", "localhost"), "blocked_destination_hosts": ("bad.example",)}


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("bad.example", "this host is blocked"),
        ("BAD.example.", "this host is blocked"),
        ("other.test", "this host is not among those that are allowed"),
        ("127.0.0.1", "only hosts that are named may be reached"),
        ("2130706433", "only hosts that are named may be reached"),
        ("[::ffff:127.0.0.1]", "only hosts that are named may be reached"),
    ],
)
async def test_hosts_are_refused_by_name_for_requests_and_tunnels(
    start: Start, origin: Origin, host: str, why: str
) -> None:
    async with start(**RULES) as proxy:
        reply = await proxy.get(f"http://{host}:{origin.port}/")
        tunnel = await connect(proxy.port, f"{host}:{origin.port}")
    assert (reply.status, reply.result, reply.reason) == (403, "refused", "destination")
    assert why.encode() in reply.body
    assert tunnel.startswith(b"HTTP/1.1 403 ")
    assert (proxy.counted.requests, proxy.counted.responses, proxy.counted.results) == (2, 2, {"refused": 2})
    assert origin.seen == []


async def test_an_allowed_host_is_reached(start: Start, origin: Origin) -> None:
    async with start(**RULES) as proxy:
        assert (await proxy.get(f"http://localhost:{origin.port}/")).body == MASKED


async def test_a_blocked_host_behind_the_name_of_an_allowed_one_is_refused(start: Start, origin: Origin) -> None:
    async with start(**RULES) as proxy:
        reply = await proxy.get(f"http://localhost:{origin.port}/", headers={"host": "bad.example"})
    assert reply.status == 403
    assert b"bad.example is refused: this host is blocked" in reply.body
    assert origin.seen == []


@pytest.mark.parametrize("host", [b"bad.example\0", b"\xff.bad.example", b"\0", b"\xff"])
async def test_what_is_no_name_gets_around_no_rule(start: Start, origin: Origin, host: bytes) -> None:
    async with start(**RULES) as proxy:
        answer = await send(proxy.port, b"GET http://localhost:%d/ HTTP/1.1" % origin.port, host)
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert (proxy.counted.requests, proxy.counted.results, proxy.counted.hosts) == (1, {"refused": 1}, {})
    assert origin.seen == []


@pytest.mark.parametrize(("right_answers", "result"), [(0, "refused"), (1, "origin-failed")])
async def test_whom_a_mistake_of_ours_keeps_us_from_judging_we_refuse(
    start: Start, origin: Origin, right_answers: int, result: str
) -> None:
    """It may happen when a request or tunnel comes in, or just before the connection that it needs is opened."""

    def mistaken(_: str) -> str | None:
        return next(answers)  # and an exception when there are none left

    async with start(**RULES) as proxy:
        proxy.addon._destinations.refusal_of_name = mistaken
        answers = iter([None] * right_answers)
        reply = await proxy.get(f"http://localhost:{origin.port}/")
        answers = iter([None] * right_answers)
        tunnel = await connect(proxy.port, f"localhost:{origin.port}")
    if right_answers == 0:
        assert (reply.status, reply.result, reply.reason) == (500, "refused", "internal error")
        assert tunnel.startswith(b"HTTP/1.1 500 ")
    else:
        assert (reply.status, tunnel[:13]) == (502, b"HTTP/1.1 502 ")
    assert (proxy.counted.requests, proxy.counted.results) == (2, {result: 2})
    assert origin.seen == []


@pytest.mark.parametrize(("server_name", "host"), [("bad.example", "localhost"), ("localhost", "bad.example")])
async def test_nor_does_it_help_to_name_it_inside_a_tunnel(
    start: Start, origin: Origin, tmp_path: Path, server_name: str, host: str
) -> None:
    authority = certificate_authority.create("origin", NOW)
    (tmp_path / "origin.pem").write_text(authority.certificate)
    async with (
        tls_origin(origin, authority, tmp_path) as port,
        start(trust_store=str(tmp_path / "origin.pem"), allowed_destination_ports=(port,), **RULES) as proxy,
        aiohttp.ClientSession() as session,
    ):
        trust = ssl.create_default_context(cafile=tmp_path / "mitmproxy-ca-cert.pem")
        trust.check_hostname = False
        way = {"proxy": f"http://127.0.0.1:{proxy.port}", "ssl": trust, "server_hostname": server_name}
        async with session.get(f"https://localhost:{port}/", headers={"host": host}, **way) as response:
            assert response.status in (403, 502)
    assert origin.seen == []
