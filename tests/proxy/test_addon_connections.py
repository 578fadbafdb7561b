"""The addon inside a real mitmproxy: with whom it connects, and what it answers itself."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from mitmproxy.certs import dummy_cert

from slipway_proxy import certificate_authority
from slipway_proxy.certificate_authority import CertificateAuthority

from .conftest import MASKED, NOW, PAGE

if TYPE_CHECKING:
    from .conftest import Origin, Proxy, Start


@dataclass
class FakeClient:
    """The part of mitmproxy's client connection that the hook looks at."""

    id = "client"
    peername: tuple[str, int]
    error: str | None = None


@contextlib.asynccontextmanager
async def tls_origin(origin: Origin, authority: CertificateAuthority, folder: Path) -> AsyncIterator[int]:
    """Serve the origin over TLS as `localhost`, with a certificate that `authority` signed."""
    key = serialization.load_pem_private_key(authority.private_key.encode(), None)
    signer = x509.load_pem_x509_certificate(authority.certificate.encode())
    leaf = dummy_cert(key, signer, "localhost", [x509.DNSName("localhost")])
    (folder / "leaf.pem").write_bytes(authority.private_key.encode() + leaf.to_pem())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "leaf.pem")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", origin.answer)
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=context)
    try:
        yield server.port
    finally:
        await server.close()


async def test_a_forbidden_port_is_refused(start: Start, origin: Origin) -> None:
    async with start(allowed_destination_ports=(80, 443)) as proxy:
        reply = await proxy.get(origin.url())
    assert (reply.status, reply.result) == (403, "refused")
    assert f"port {origin.port} is not allowed, allowed are 80, 443".encode() in reply.body
    assert origin.seen == []


@pytest.mark.parametrize("known_length", [True, False])
async def test_a_refused_upload_that_is_too_large_to_keep_is_cut_off(
    start: Start, origin: Origin, known_length: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"0" * 10_000

    async with start(allowed_destination_ports=(80,)) as proxy:
        with pytest.raises(aiohttp.ClientError):
            await proxy.get(origin.url(), method="POST", data=b"0" * 200_000 if known_length else parts())
        assert (await proxy.get("http://slipway.canary/")).status == 200
        assert proxy.addon.running_flows == 0
    assert "crashed" not in caplog.text


async def test_an_upload_arrives_whole(proxy: Proxy, origin: Origin) -> None:
    received = []

    async def take(request: web.Request) -> web.StreamResponse:
        received.append(await request.read())
        return web.Response(body=PAGE, headers=origin.headers)

    origin.handler = take
    body = bytes(range(256)) * 2000
    reply = await proxy.get(origin.url(), method="POST", data=body)
    assert (received, reply.result) == ([body], "transformed")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
async def test_private_addresses_are_refused_in_every_notation(start: Start, origin: Origin, host: str) -> None:
    async with start(allowed_destination_networks=()) as proxy:
        reply = await proxy.get(f"http://{host}:{origin.port}/")
    assert (reply.status, reply.result) == (403, "refused")
    assert origin.seen == []


async def test_a_name_that_resolves_differently_when_connecting_gets_no_byte(start: Start, origin: Origin) -> None:
    async def public(_: str, __: int) -> list[str]:
        return ["93.184.215.14"]

    async with start(allowed_destination_networks=(), resolver=public) as proxy:
        reply = await proxy.get(f"http://localhost:{origin.port}/")
    assert reply.status == 502
    assert origin.seen == []


async def test_clients_from_elsewhere_are_turned_away(start: Start, origin: Origin) -> None:
    async with start(allowed_client_networks=("192.0.2.0/24",)) as proxy:
        proxy.addon.client_connected(stranger := FakeClient(("198.51.100.7", 1)))
        proxy.addon.client_connected(friend := FakeClient(("192.0.2.9", 1)))
        assert (await proxy.get(origin.url())).status == 200  # this machine itself
    assert stranger.error is not None
    assert friend.error is None


async def test_https_is_opened_with_our_authority(start: Start, origin: Origin, tmp_path: Path) -> None:
    authority = certificate_authority.create("origin", NOW)
    (tmp_path / "origin.pem").write_text(authority.certificate)
    async with (
        tls_origin(origin, authority, tmp_path) as port,
        start(trust_store=str(tmp_path / "origin.pem"), allowed_destination_ports=(port,)) as proxy,
    ):
        trust = ssl.create_default_context(cafile=tmp_path / "mitmproxy-ca-cert.pem")
        reply = await proxy.get(f"https://localhost:{port}/secret", ssl=trust, headers={"mitm-mode": "xxx"})
    assert (reply.body, reply.result) == (MASKED, "transformed")
    assert not any(name.lower().startswith("mitm-") for name in origin.seen[0])


async def test_an_origin_with_an_untrusted_certificate_is_not_shown(
    start: Start, origin: Origin, tmp_path: Path
) -> None:
    async with (
        tls_origin(origin, certificate_authority.create("stranger", NOW), tmp_path) as port,
        start(allowed_destination_ports=(port,)) as proxy,
    ):
        trust = ssl.create_default_context(cafile=tmp_path / "mitmproxy-ca-cert.pem")
        reply = await proxy.get(f"https://localhost:{port}/", ssl=trust)
    assert reply.status == 502
    assert origin.seen == []


async def test_a_tunnel_to_a_forbidden_destination_is_refused(start: Start, origin: Origin) -> None:
    async with start(allowed_destination_networks=()) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        answer = await reader.read(2000)
        writer.close()
    assert answer.startswith(b"HTTP/1.1 403")
    assert b"its address is not a public one" in answer


async def test_the_proxy_does_not_call_itself(start: Start, origin: Origin) -> None:
    async with start() as probe:
        port = probe.port
    async with start(proxy_port=port, allowed_destination_ports=(port,)) as proxy:
        reply = await proxy.get(f"http://127.0.0.1:{port}/")
    assert (reply.status, reply.result) == (403, "refused")
    assert b"it is this proxy itself" in reply.body


async def test_the_canary_answers_without_an_origin_and_is_not_counted(proxy: Proxy) -> None:
    reply = await proxy.get("http://slipway.canary/")
    assert (reply.status, reply.body) == (200, b"ok\n")
    assert proxy.counted.requests == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "proxy.example.org", "proxy.example.org:3128"])
async def test_asked_directly_it_hands_out_its_certificate(proxy: Proxy, tmp_path: Path, host: str) -> None:
    async with aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{proxy.port}"
        async with session.get(f"{base}/", headers={"host": host}) as response:
            assert (response.status, '<a href="/ca.pem">' in await response.text()) == (200, True)
        async with session.get(f"{base}/ca.pem", headers={"host": host}) as response:
            certificate = await response.read()
            assert response.headers["content-type"] == "application/x-pem-file"
        async with session.get(f"{base}/other", headers={"host": host}) as response:
            assert response.status == 404
    assert certificate == (tmp_path / "mitmproxy-ca-cert.pem").read_bytes()
    assert proxy.counted.requests == 0


async def test_a_browser_that_uses_the_proxy_finds_the_certificate_too(proxy: Proxy, tmp_path: Path) -> None:
    reply = await proxy.get("http://slipway.canary/ca.pem")
    assert (reply.status, reply.body) == (200, (tmp_path / "mitmproxy-ca-cert.pem").read_bytes())


async def test_pages_of_a_site_in_a_tunnel_are_the_sites(start: Start, origin: Origin) -> None:
    async with start() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(f"CONNECT 127.0.0.1:{origin.port} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"GET /ca.pem HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"</html>")
        writer.close()
    assert answer.endswith(MASKED)


async def test_running_requests_finish_before_the_proxy_stops(proxy: Proxy, origin: Origin) -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def wait(_: web.Request) -> web.StreamResponse:
        arrived.set()
        await release.wait()
        return web.Response(body=PAGE, headers=origin.headers)

    origin.handler = wait
    request = asyncio.create_task(proxy.get(origin.url()))
    await arrived.wait()
    stopping = asyncio.create_task(proxy.stop())
    await asyncio.sleep(0)
    assert proxy.addon.draining
    release.set()
    assert (await request).body == MASKED
    await stopping
    with pytest.raises(OSError, match=str(proxy.port)):
        await asyncio.open_connection("127.0.0.1", proxy.port)
