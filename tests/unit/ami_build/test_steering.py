"""The fleet's settings on top of configuration's, from one request to the next."""

from __future__ import annotations

import pytest

from contract.fleet_settings import FleetSettings
from contract.modes import Mode
from slipway_proxy.steering import Steering

OURS = FleetSettings(1, "hide-mixed", ("ads.example", "*.tracker.example"), {"hide-mixed": 0.4})


def test_without_any_it_is_as_configured() -> None:
    steering = Steering(default_mode=Mode.XXX, allowed_hosts=["*.example"], blocked_hosts=["bad.example"])
    assert (steering.version, steering.default_mode, dict(steering.ratings)) == (0, Mode.XXX, {})
    assert steering.refusal_of_name("ads.example") is None
    assert steering.refusal_of_name("bad.example") == "this host is blocked"
    assert steering.refusal_of_name("example.org") == "this host is not among those that are allowed"


def test_they_come_on_top_of_configuration_and_can_be_taken_back() -> None:
    kept: list[FleetSettings] = []
    steering = Steering(default_mode=Mode.XXX, blocked_hosts=["bad.example"], keep=kept.append)
    steering.offer(OURS.to_dict())
    assert (steering.version, steering.default_mode) == (1, Mode.HIDE_MIXED)
    assert steering.ratings == {Mode.HIDE_MIXED: 0.4}
    for name in ("bad.example", "ADS.example", "a.tracker.example."):
        assert steering.refusal_of_name(name) == "this host is blocked"
    assert steering.refusal_of_name("good.example") is None
    steering.offer(FleetSettings(2).to_dict())
    assert (steering.version, steering.default_mode, dict(steering.ratings)) == (2, Mode.XXX, {})
    assert steering.refusal_of_name("ads.example") is None
    assert steering.refusal_of_name("bad.example") == "this host is blocked"
    assert kept == [OURS, FleetSettings(2)]


@pytest.mark.parametrize("offered", [None, OURS.to_dict(), FleetSettings(0, "off").to_dict()])
def test_nothing_new_and_nothing_older_changes_anything(offered: object) -> None:
    steering = Steering(default_mode=Mode.XXX, known=OURS, keep=lambda _: pytest.fail("nothing to keep"))
    steering.offer(offered)
    assert (steering.version, steering.default_mode) == (1, Mode.HIDE_MIXED)


@pytest.mark.parametrize(
    "offered",
    [[], "xxx", {"version": 9}, FleetSettings(9).to_dict() | {"colour": "red"}, FleetSettings(9, "louder").to_dict()],
)
def test_what_is_not_understood_leaves_the_last_good_ones_and_one_line(
    offered: object, caplog: pytest.LogCaptureFixture
) -> None:
    steering = Steering(default_mode=Mode.XXX, known=OURS)
    for _ in range(3):
        steering.offer(offered)
    assert (steering.version, steering.default_mode) == (1, Mode.HIDE_MIXED)
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "fleet settings not understood, those of version 1 still hold"
    ]
    steering.offer(FleetSettings(10).to_dict())
    assert steering.version == 10


def test_a_folder_that_cannot_be_written_does_not_keep_them_from_holding(caplog: pytest.LogCaptureFixture) -> None:
    def keep(_: FleetSettings) -> None:
        raise OSError("no space")

    steering = Steering(default_mode=Mode.XXX, keep=keep)
    steering.offer(OURS.to_dict())
    assert steering.version == 1
    assert "not kept for the next process: no space" in caplog.text
