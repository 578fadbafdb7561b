"""The smoke test fails for each thing that can be wrong after a deployment, and says which."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

import pytest

from ci.smoke import Answer, SmokeError, await_targets, check_page, check_stacks

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/proxy/1"
DEPLOYED = {"fleet": {"TargetGroupArn": ARN}, "storage": {"CacheBucketName": "cache"}}


class FakeCloud:
    """Answers with what it was given; each question about targets takes the next answer, the last one for ever."""

    def __init__(self, *healths: Mapping[str, str], statuses: Mapping[str, str] | None = None) -> None:
        self.healths = list(healths)
        self.statuses = statuses or {}
        self.asked: list[tuple[str, str]] = []

    def stack_status(self, name: str, region: str) -> str:
        self.asked.append((name, region))
        return self.statuses[name]

    def targets(self, target_group_arn: str, region: str) -> Mapping[str, str]:
        self.asked.append((target_group_arn, region))
        return self.healths.pop(0) if len(self.healths) > 1 else self.healths[0]


def wait(cloud: FakeCloud, deployed: Mapping[str, Mapping[str, str]] = DEPLOYED, minimum: int = 2) -> list[str]:
    said: list[str] = []
    ticks = count()
    await_targets(
        cloud, deployed, minimum=minimum, timeout_seconds=5, clock=lambda: float(next(ticks)), sleep=lambda _: None,
        say=said.append,
    )  # fmt: skip
    return said


def test_it_waits_until_enough_instances_are_healthy():
    cloud = FakeCloud({"i-1": "initial"}, {"i-1": "healthy", "i-2": "initial"}, {"i-1": "healthy", "i-2": "healthy"})

    said = wait(cloud)

    assert said[-1] == "eu-west-1: 2 of 2 instances are healthy"
    assert cloud.asked == [(ARN, "eu-west-1")] * 3


def test_a_fleet_that_does_not_become_healthy_is_told_target_by_target():
    with pytest.raises(
        SmokeError, match="1 healthy instances after 5 s, 2 are needed; i-1 is healthy, i-2 is unhealthy"
    ):
        wait(FakeCloud({"i-1": "healthy", "i-2": "unhealthy"}))


def test_a_fleet_that_may_be_empty_has_to_serve_all_the_same():
    with pytest.raises(SmokeError, match="there is none"):
        wait(FakeCloud({}), minimum=0)


def test_a_deployment_without_a_fleet_is_no_success():
    with pytest.raises(SmokeError, match="no stack puts out a target group"):
        wait(FakeCloud({}), deployed={"storage": {}})


def test_a_stack_that_was_rolled_back_is_named():
    cloud = FakeCloud(statuses={"fleet": "UPDATE_ROLLBACK_COMPLETE", "storage": "CREATE_COMPLETE"})

    with pytest.raises(SmokeError, match="fleet is UPDATE_ROLLBACK_COMPLETE"):
        check_stacks(cloud, {"fleet": "us-east-1", "storage": "us-east-1"}, lambda _: None)


@pytest.mark.parametrize("answer", [Answer(200, ""), Answer(502, "refused"), Answer(200, "failed-open")])
def test_a_page_that_was_not_transformed_fails(answer):
    with pytest.raises(SmokeError, match=f"status {answer.status}"):
        check_page(lambda _: answer, "http://example.com/", lambda _: None)


@pytest.mark.parametrize("result", ["transformed", "cached"])
def test_a_page_that_was_transformed_passes(result):
    said: list[str] = []

    check_page(lambda _: Answer(200, result), "http://example.com/", said.append)

    assert said == [f"http://example.com/ came back {result}"]
