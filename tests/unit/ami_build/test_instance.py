"""Identity from a metadata service on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from slipway_proxy.instance import Instance, MetadataError, MetadataService


class Handler(BaseHTTPRequestHandler):
    """Speaks version 2 only: no answer without a session token."""

    known = {"/latest/meta-data/instance-id": "i-0123", "/latest/meta-data/placement/region": "eu-central-1\n"}

    def log_message(self, *_: Any) -> None:
        pass

    tokens = 0

    def do_PUT(self) -> None:
        Handler.tokens += 1
        self._reply(200 if self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else 400, "the token")

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != "the token":
            self._reply(401, "")
        else:
            self._reply(200 if self.path in self.known else 404, self.known.get(self.path, ""))

    def _reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@pytest.fixture
def metadata() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_it_asks_with_a_session_token(metadata: str) -> None:
    assert MetadataService(metadata).identify() == Instance("i-0123", "eu-central-1")


def test_the_token_is_kept_for_a_while(metadata: str) -> None:
    now = [0.0]
    service = MetadataService(metadata, clock=lambda: now[0])
    before = Handler.tokens
    service.identify()
    assert Handler.tokens == before + 1
    now[0] = 3600
    assert service.text("instance-id") == "i-0123"
    assert Handler.tokens == before + 2
    service.close()


def test_what_is_not_there_is_nothing(metadata: str) -> None:
    assert MetadataService(metadata).text("spot/instance-action") is None


def test_another_answer_is_an_error(metadata: str) -> None:
    with pytest.raises(MetadataError, match=r"answered 404 to GET .*/wrong/latest/meta-data/instance-id"):
        MetadataService(f"{metadata}wrong").identify()


def test_no_answer_is_an_error() -> None:
    with pytest.raises(MetadataError, match=r"at http://127.0.0.1:9/latest/api/token does not answer"):
        MetadataService("http://127.0.0.1:9").identify()
