"""Fleet settings are read as they were written, and only where every proxy understands them."""

from __future__ import annotations

import json
import re

import pytest

from contract.fleet_settings import MOST_BLOCKED_HOSTS, FleetSettings

SOME = FleetSettings(3, "hide-mixed", ("ads.example", "*.tracker.example"), {"hide-mixed": 0.5, "xxx-negative": 0})


def test_what_is_written_is_read() -> None:
    assert FleetSettings.from_json(SOME.to_json()) == SOME
    assert FleetSettings.from_json(FleetSettings().to_json().encode()) == FleetSettings()
    assert FleetSettings.from_dict(json.loads(json.dumps(SOME.to_dict()))) == SOME


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"version": -1}, "whole number from 0"),
        ({"version": True}, "whole number from 0"),
        ({"version": "1"}, "whole number from 0"),
        ({"default_mode": "loud"}, "default_mode is 'loud'; allowed are off, roundtrip"),
        ({"default_mode": ["xxx"]}, "allowed are off"),
        ({"blocked_hosts": "ads.example"}, "has to be a list"),
        ({"blocked_hosts": [5]}, "has 5, which is no text"),
        ({"blocked_hosts": ["Ads.example"]}, "has 'Ads.example', which is no host's name"),
        ({"blocked_hosts": ["a.example"] * (MOST_BLOCKED_HOSTS + 1)}, f"{MOST_BLOCKED_HOSTS} are allowed"),
        ({"ratings": [0.5]}, "an object with a number for each mode"),
        ({"ratings": {"xxx": 0.5}}, "only these rate texts: hide-mixed, "),
        ({"ratings": {"hide-mixed": 1.01}}, "numbers from 0 to 1"),
        ({"ratings": {"hide-mixed": "0.5"}}, "numbers from 0 to 1"),
        ({"ratings": {"hide-mixed": float("nan")}}, "numbers from 0 to 1"),
        ({"ratings": {"hide-mixed": 10**400}}, "numbers from 0 to 1"),
        ({"colour": "red"}, "exactly the keys"),
    ],
)
def test_what_a_proxy_would_not_understand_is_refused(change: dict[str, object], part: str) -> None:
    with pytest.raises(ValueError, match=re.escape(part)):
        FleetSettings.from_dict(SOME.to_dict() | change)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", b"\xff"])
def test_what_is_no_json_object_of_theirs_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON object|exactly the keys|Expecting|decode"):
        FleetSettings.from_json(text)
