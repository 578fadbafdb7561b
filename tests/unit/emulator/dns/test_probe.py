"""One look at an endpoint of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from emulator.dns.checks import check_of
from emulator.dns.probe import is_local, look


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Answer one connection, whatever it says."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def asked(port: int, kind: str = "HTTP", **more: Any) -> tuple[str, str]:
    configuration = {"Type": kind, "IPAddress": "127.0.0.1", "Port": port, **more}
    return look(check_of("c", configuration), [])


def page(status: str, body: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


@pytest.mark.parametrize(
    ("status", "is_well"), [("200 OK", True), ("302 Found", True), ("404 Not Found", False), ("500 Oh", False)]
)
def test_two_and_three_hundreds_are_well(status, is_well):
    with answering(page(status)) as port:
        problem, report = asked(port)

    assert (problem == "", f"HTTP Status Code {status[:3]}, {status[4:]}" in problem + report) == (is_well, True)


@pytest.mark.parametrize(("at", "is_well"), [(0, True), (5115, True), (5117, False)])
def test_a_text_has_to_stand_at_the_beginning_of_the_body(at, is_well):
    with answering(page("200 OK", b" " * at + b"ready" + b" " * 100)) as port:
        problem, _ = asked(port, "HTTP_STR_MATCH", SearchString="ready")

    assert (problem == "") is is_well


def test_tcp_needs_no_more_than_a_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert asked(server.getsockname()[1], "TCP") == ("", "TCP connection established")


def test_nothing_that_listens_and_nonsense_are_said_in_words():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert "refused" in asked(taken.getsockname()[1])[0]
    with answering(b"nonsense\r\n\r\n") as port:
        assert "did not answer as it should" in asked(port)[0]
    with answering(b"nonsense\r\n\r\n") as port:
        assert "did not answer as it should" in asked(port, "HTTPS")[0]


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "169.254.169.254", "2001:db8::1"])
def test_no_other_machine_is_ever_asked(address):
    check = check_of("c", {"Type": "TCP", "IPAddress": address, "Port": 1})

    assert "no loopback address" in look(check, [])[0]
    assert not is_local(address)


def test_a_name_that_no_zone_knows_is_said():
    check = check_of("c", {"Type": "TCP", "FullyQualifiedDomainName": "a.example.org", "Port": 1})

    assert "a.example.org is in no zone" in look(check, [])[0]
    assert "no loopback address" in look(check, ["192.0.2.1"])[0]
