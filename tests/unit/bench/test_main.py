"""The command line's own checks."""

import socket

import pytest

from bench.__main__ import describe_machine, parse


def test_without_arguments_everything_is_measured():
    options = parse([])
    assert options.what == [
        "synthesis", "growth", "pages", "emulator", "balancing", "texts", "image", "html", "functions"
    ]  # fmt: skip
    assert not options.write


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["speed"],
            "there is no benchmark speed; there are synthesis, growth, pages, emulator, balancing, texts, image",
        ),
        (["--rounds", "0"], "--rounds is 0; it has to be 1 or more"),
        (["--proxy", "http://127.0.0.1:8080"], "--proxy and --proxy-ca go together"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(arguments, message, capsys):
    with pytest.raises(SystemExit) as exit_info:
        parse(arguments)
    assert exit_info.value.code == 2
    assert message in capsys.readouterr().err


def test_the_machine_is_described_without_its_name():
    assert "processors" in describe_machine()
    assert socket.gethostname() not in describe_machine()
