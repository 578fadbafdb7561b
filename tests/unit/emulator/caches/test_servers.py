"""Caches that run: reached over TLS only, bounded, apart from each other, and gone when they are ended."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from valkey import Valkey
from valkey.exceptions import ConnectionError as NotConnectedError
from valkey.exceptions import ValkeyError

from emulator.caches.servers import CacheError, Caches, Certificate
from emulator.paths import EMULATOR_PYTHON
from tests.unit.lambda_src.cache_service.servers import binary

SIGN = """
import json
from ministack.core.x509_utils import generate_ca, sign_leaf_certificate
ca = generate_ca()
leaf = sign_leaf_certificate(*ca, common_name="localhost", san_ips=["127.0.0.1"], key_type="ec256")
print(json.dumps([ca[0], *leaf[:2]]))
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> tuple[Path, Certificate]:
    """Return the file of an authority, and a certificate that it has signed for loopback."""
    made = subprocess.run([EMULATOR_PYTHON, "-c", SIGN], check=True, capture_output=True, text=True)
    root, chain, key = json.loads(made.stdout)
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_text(root)
    return path, Certificate(chain, key)


@pytest.fixture
def caches(tmp_path) -> Iterator[Caches]:
    made = Caches(binary(), tmp_path / "sockets")
    yield made
    made.stop_all()


@pytest.fixture
def connect(authority) -> Iterator[Callable[[int], Valkey]]:
    clients: list[Valkey] = []

    def to(port: int) -> Valkey:
        clients.append(Valkey(port=port, host="127.0.0.1", ssl=True, ssl_ca_certs=str(authority[0])))
        return clients[-1]

    yield to
    for client in clients:
        client.close()


def test_a_cache_keeps_what_it_is_given_and_has_its_bound(caches, connect, authority):
    client = connect(caches.start("one", authority[1], maximum_gb=2))

    client.set("key", b"x" * 300_000)
    assert client.get("key") == b"x" * 300_000
    assert client.info("memory")["maxmemory"] == 2 << 30
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}


def test_caches_are_apart(caches, connect, authority):
    one, other = (connect(caches.start(key, authority[1], maximum_gb=None)) for key in ("one", "other"))
    one.set("key", "value")

    assert other.get("key") is None


def test_without_tls_and_without_trust_there_is_no_way_in(caches, authority):
    port = caches.start("one", authority[1], maximum_gb=None)

    with socket.create_connection(("127.0.0.1", port), 5) as plain:
        plain.sendall(b"PING\r\n")
        assert b"PONG" not in plain.recv(100)
    with (
        socket.create_connection(("127.0.0.1", port), 5) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
        ssl.create_default_context().wrap_socket(connection, server_hostname="127.0.0.1"),
    ):
        pass


def test_a_cache_that_is_ended_is_gone_with_its_connections_and_files(caches, connect, authority, tmp_path):
    port = caches.start("one", authority[1], maximum_gb=None)
    client = connect(port)
    client.set("key", "value")

    caches.stop("one")
    caches.stop("one")

    with pytest.raises(NotConnectedError):
        client.get("key")
    assert list((tmp_path / "sockets").iterdir()) == []


def test_a_cache_begins_anew_at_the_port_that_is_known(caches, connect, authority):
    port = caches.start("one", authority[1], maximum_gb=None)
    connect(port).set("key", "value")

    assert caches.start("one", authority[1], maximum_gb=None, port=port) == port
    assert connect(port).get("key") is None


def test_a_port_that_is_taken_is_said(caches, authority):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CacheError, match=f"port {port}.*cannot be had"):
            caches.start("one", authority[1], maximum_gb=None, port=port)


def test_a_server_that_ends_at_once_is_said(tmp_path, authority):
    with pytest.raises(CacheError, match="ended with status 1"):
        Caches(Path("/bin/false"), tmp_path).start("one", authority[1], maximum_gb=None)


def test_whose_server_dies_fails_and_does_not_hang(caches, connect, authority):
    client = connect(caches.start("one", authority[1], maximum_gb=None))

    client.shutdown(nosave=True)
    with pytest.raises(ValkeyError):
        client.get("key")
