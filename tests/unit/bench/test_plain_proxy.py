"""The peer, run for real."""

import ssl
from pathlib import Path

import certifi
import httpx
import pytest

from bench.measure import BenchmarkError
from bench.plain_proxy import plain_proxy


def test_it_answers_inside_the_block_and_is_gone_after_it():
    with plain_proxy(Path(certifi.where())) as proxy:
        # It is a proxy: a request that names no other host has nowhere to go.
        assert "Request destination unknown" in httpx.get(proxy.url, trust_env=False).text
        assert ssl.create_default_context(cadata=proxy.certificate).get_ca_certs()
    with pytest.raises(httpx.ConnectError):
        httpx.get(proxy.url, trust_env=False)


def test_one_that_does_not_start_says_why(tmp_path):
    program = tmp_path / "mitmdump"
    program.write_text("#!/bin/sh\necho no such option\nexit 2\n")
    program.chmod(0o755)
    with (
        pytest.raises(BenchmarkError, match="mitmproxy did not start: no such option"),
        plain_proxy(Path(certifi.where()), program),
    ):
        pass
