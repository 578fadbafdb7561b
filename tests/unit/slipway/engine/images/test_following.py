"""A build is followed until it ends, through silence too; what changes is told once."""

from __future__ import annotations

import pytest

from slipway.domain.errors import UnreachableError
from slipway.domain.images import Status
from slipway.engine.images.events import Note, StatusChanged, StepChanged
from slipway.engine.images.following import PATIENCE_SECONDS, HungError, follow, pauses, typical_seconds
from tests.unit.slipway.engine.images.world import PIPELINE, finishes, runs


@pytest.fixture
def arn(world):
    return world.start(PIPELINE, {"slipway:image-version": "1.2.3", "slipway:base-image": "ami-1"})


def test_each_change_is_told_once(world, arn):
    world.courses = [runs, runs, runs, finishes]

    assert follow(world.site(), arn, timeout_seconds=600).status is Status.AVAILABLE

    assert [event.status for event in world.heard if isinstance(event, StatusChanged)] == ["BUILDING", "AVAILABLE"]
    steps = [event for event in world.heard if isinstance(event, StepChanged)]
    assert [(event.step, event.status, event.seconds) for event in steps] == [
        ("ApplyBuildComponents", "RUNNING", None),
        ("ApplyBuildComponents", "COMPLETED", 1620.0),
    ]


def test_it_is_asked_at_once_and_ever_more_seldom(world, arn):
    world.courses = [runs] * 12 + [finishes]

    follow(world.site(), arn, timeout_seconds=600)

    first = [pause for _, pause in zip(range(9), pauses(), strict=False)]
    assert first == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert world.seconds == pytest.approx(sum(first) + 30)


def test_a_build_that_hangs_is_told_with_where_it_is(world, arn):
    with pytest.raises(HungError, match="had not ended after 5 minutes; it was at step ApplyBuildComponents") as error:
        follow(world.site(), arn, timeout_seconds=300)

    assert error.value.image.arn == arn
    assert error.value.next_step == "it goes on; to follow it: slipway image status blue 1.2.3/1 --follow"
    assert world.seconds == pytest.approx(300, abs=1)


def test_silence_is_waited_out_and_not_for_ever(world, arn):
    silence = UnreachableError("aws-unreachable", "no answer", "wait")
    calls = iter([silence, silence, None])
    real = world.image
    world.image = lambda arn: _raise(error) if (error := next(calls, None)) else real(arn)
    world.courses = [finishes]

    assert follow(world.site(), arn, timeout_seconds=600).status is Status.AVAILABLE
    assert sum(isinstance(event, Note) for event in world.heard) == 2

    world.image = lambda _: _raise(silence)
    with pytest.raises(UnreachableError):
        follow(world.site(), arn, timeout_seconds=10_000)
    assert world.seconds > PATIENCE_SECONDS


def _raise(error):
    raise error


def test_the_newest_finished_build_says_how_long_one_takes(world):
    assert typical_seconds(world.site(), world.known) is None
    world.finished()

    assert typical_seconds(world.site(), world.known) == 1620.0
