"""The proxy to measure, where the command line names one."""

import pytest

from bench.measure import BenchmarkError
from bench.platform import ProxyUnderTest, named_proxy


def test_a_named_proxy_comes_with_its_authority(tmp_path):
    authority = tmp_path / "ca.pem"
    authority.write_text("PEM")
    assert named_proxy("http://127.0.0.1:8080", authority) == ProxyUnderTest("http://127.0.0.1:8080", "PEM")


def test_an_authority_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(BenchmarkError, match=r"ca\.pem cannot be read as a PEM file: .* next: check --proxy-ca"):
        named_proxy("http://127.0.0.1:8080", tmp_path / "ca.pem")
