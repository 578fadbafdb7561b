"""Reading unit files, those of the image among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.instances.units import Places, UnitError, parse, seconds, template_of

PLACES = Places({"/opt/slipway": "/home/a b/opt/slipway", "/run/slipway": "/memory/x"})
TEXT = """
[Unit]
Description=a service
# ExecStart=/comment
AssertPathExists=/run/slipway/settings.json

[Service]
Environment=PYTHONPATH=/opt/slipway/app A=1
Environment="B=two words"
ExecStart=/opt/slipway/proxy/bin/python -m package --flag "two words"
Restart=always
RestartSec=2
TimeoutStopSec=1min
ProtectSystem=strict
"""


def test_unit_with_paths_of_this_machine():
    unit = parse("a.service", TEXT, PLACES)

    assert unit.command == ("/home/a b/opt/slipway/proxy/bin/python", "-m", "package", "--flag", "two words")
    assert unit.environment == {"PYTHONPATH": "/home/a b/opt/slipway/app", "A": "1", "B": "two words"}
    assert unit.required_paths == (Path("/memory/x/settings.json"),)
    assert (unit.restart, unit.restart_seconds, unit.stop_seconds) == ("always", 2.0, 60.0)


def test_defaults():
    unit = parse("a.service", "[Service]\nExecStart=/bin/true\n", PLACES)

    assert (unit.restart, unit.restart_seconds, unit.stop_seconds) == ("no", 0.1, 90.0)
    assert unit.environment == {}


@pytest.mark.parametrize("text", ["", "[Service]\n", "[Service]\nExecStart=/a\nExecStart=/b\n"])
def test_exactly_one_command(text):
    with pytest.raises(UnitError, match=r"a\.service has \d ExecStart"):
        parse("a.service", text, PLACES)


@pytest.mark.parametrize(("text", "expected"), [("5", 5), ("1.5s", 1.5), ("500ms", 0.5), ("2min", 120), ("1 h", 3600)])
def test_time_spans(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "5 parsecs", "infinity"])
def test_what_is_no_time_span(text):
    with pytest.raises(UnitError, match="no time span"):
        seconds(text)


def test_units_of_the_image_can_be_read():
    folder = Path(__file__).resolve().parents[4] / "ami_build" / "systemd"

    units = [parse(path.name, path.read_text(), PLACES) for path in folder.glob("*.service")]

    assert {unit.name: (unit.is_oneshot, unit.on_console) for unit in units} == {
        "slipway-boot.service": (True, True),
        "slipway-health.service": (False, False),
        "slipway-proxy@.service": (False, False),
    }


def test_an_instance_of_a_template_is_read_from_it_and_knows_its_name():
    text = "[Service]\nExecStart=/bin/proxy --number %i\n"

    unit = parse("proxy@3.service", text, PLACES)

    assert (unit.name, unit.command[1:]) == ("proxy@3.service", ("--number", "3"))
    assert template_of("proxy@3.service") == "proxy@.service"
    assert template_of("health.service") == "health.service"
