"""The command line's own checks."""

import pytest

from bench.__main__ import describe_machine, parse
from bench.measure import BenchmarkError
from bench.platform import ProxyUnderTest, named_proxy


def test_without_arguments_everything_is_measured():
    options = parse([])
    assert options.what == ["synthesis", "pages"]
    assert not options.write


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["speed"], "there is no benchmark speed; there are synthesis and pages"),
        (["--rounds", "0"], "--rounds is 0; it has to be 1 or more"),
        (["--proxy", "http://127.0.0.1:8080"], "--proxy and --proxy-ca go together"),
        (["pages", "--write"], "--write replaces all figures in the document, so it takes both benchmarks"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(arguments, message, capsys):
    with pytest.raises(SystemExit) as exit_info:
        parse(arguments)
    assert exit_info.value.code == 2
    assert message in capsys.readouterr().err


def test_a_named_proxy_comes_with_its_authority(tmp_path):
    authority = tmp_path / "ca.pem"
    authority.write_text("PEM")
    assert named_proxy("http://127.0.0.1:8080", authority) == ProxyUnderTest("http://127.0.0.1:8080", "PEM")


def test_an_authority_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(BenchmarkError, match=r"ca\.pem cannot be read as a PEM file: .* next: check --proxy-ca"):
        named_proxy("http://127.0.0.1:8080", tmp_path / "ca.pem")


def test_the_machine_is_described_without_its_name():
    import socket

    assert "processors" in describe_machine()
    assert socket.gethostname() not in describe_machine()
