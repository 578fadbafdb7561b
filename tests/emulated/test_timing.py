"""Realistic time: a deployment that takes minutes on AWS, rehearsed in a moment, with AWS's dates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.faults.client import injected, realistic_time
from emulator.faults.timeline import spans
from emulator.launcher import Emulator
from tests.emulated.conftest import Stack, eventually

QUEUE = {"Type": "AWS::SQS::Queue"}
TOPIC = {"Type": "AWS::SNS::Topic", "DependsOn": "Queue"}
BUCKET = {"Type": "AWS::S3::Bucket"}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator whose clock may go wrong for others."""
    started = Emulator(tmp_path_factory.mktemp("rehearsed"))
    started.start()
    yield started
    started.destroy()


@pytest.fixture
def cloudformation(rehearsed: Emulator) -> Any:
    return boto3.client(
        "cloudformation", endpoint_url=rehearsed.endpoint_url, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip


@pytest.fixture
def stack(cloudformation: Any, request: pytest.FixtureRequest) -> Iterator[Stack]:
    made = Stack(request.node.name.replace("_", "-")[:60], cloudformation)
    yield made
    made.delete()


def lengths(emulator: Emulator, stack: Stack) -> dict[str, tuple[float, float]]:
    found = spans(emulator.control("timeline", stack=stack.name)["events"])
    return {f"{span.name} {span.status}": (round(span.begun), round(span.ended)) for span in found}


def test_resources_overlap_and_the_stack_takes_as_long_as_its_longest_path(rehearsed: Emulator, stack: Stack) -> None:
    with realistic_time(rehearsed):
        stack.put({"Queue": QUEUE, "Topic": TOPIC, "Bucket": BUCKET})

        assert lengths(rehearsed, stack) == {
            "Queue CREATE_COMPLETE": (0, 65),
            "Bucket CREATE_COMPLETE": (0, 22),
            "Topic CREATE_COMPLETE": (65, 77),
            f"{stack.name} CREATE_COMPLETE": (0, 77),
        }

        stack.delete()
        assert lengths(rehearsed, stack) == {
            "Topic DELETE_COMPLETE": (0, 12),
            "Bucket DELETE_COMPLETE": (0, 3),
            "Queue DELETE_COMPLETE": (12, 77),
            f"{stack.name} DELETE_COMPLETE": (0, 77),
        }


def test_only_what_changes_takes_time(rehearsed: Emulator, stack: Stack) -> None:
    with realistic_time(rehearsed, pace="slow"):
        stack.put({"Queue": QUEUE, "Bucket": BUCKET})
        stack.put({"Queue": {**QUEUE, "Properties": {"VisibilityTimeout": 33}}, "Bucket": BUCKET})

        assert lengths(rehearsed, stack)[f"{stack.name} UPDATE_COMPLETE"] == (0, 90)


def test_all_dates_of_a_stack_are_of_the_same_clock(rehearsed: Emulator, stack: Stack, cloudformation: Any) -> None:
    with realistic_time(rehearsed):
        stack.put({"Queue": QUEUE})
        events = cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]
        described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
        resource = cloudformation.describe_stack_resource(StackName=stack.name, LogicalResourceId="Queue")

    assert [event["ResourceStatus"] for event in events] == [
        "CREATE_COMPLETE", "CREATE_COMPLETE", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS",
    ]  # fmt: skip
    assert abs(events[-1]["Timestamp"] - described["CreationTime"]) < timedelta(seconds=1)
    assert resource["StackResourceDetail"]["LastUpdatedTimestamp"] == events[1]["Timestamp"]


def test_who_polls_sees_the_operation_go_on(rehearsed: Emulator, stack: Stack, cloudformation: Any) -> None:
    with realistic_time(rehearsed, speed=1):
        cloudformation.create_stack(
            StackName=stack.name,
            TemplateBody=json.dumps({"Resources": {"Queue": QUEUE}, "Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}),
        )
        described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
        resources = cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]

        assert described["StackStatus"] == "CREATE_IN_PROGRESS"
        assert described.get("Outputs", []) == []
        assert [one["ResourceStatus"] for one in resources] in ([], ["CREATE_IN_PROGRESS"])
        assert len(cloudformation.describe_stack_events(StackName=stack.name)["StackEvents"]) == 2
        with pytest.raises(cloudformation.exceptions.ClientError, match="IN_PROGRESS"):
            cloudformation.update_stack(StackName=stack.name, TemplateBody=json.dumps({"Resources": {"A": QUEUE}}))

        rehearsed.control("clock", speed="max")
        eventually(lambda: stack.status() == "CREATE_COMPLETE", "the end of the operation")
        assert len(cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]["Outputs"]) == 1


@pytest.mark.difference(
    "Faults",
    aws="a resource comes into being while its stack says IN_PROGRESS",
    here="under realistic time it is there at once; what CloudFormation says of it follows the simulated clock",
)
def test_under_realistic_time_a_resource_is_there_before_cloudformation_says_so(
    rehearsed: Emulator, stack: Stack, cloudformation: Any
) -> None:
    with realistic_time(rehearsed, speed=1):
        template = {"Resources": {"Queue": {**QUEUE, "Properties": {"QueueName": "early"}}}}
        cloudformation.create_stack(StackName=stack.name, TemplateBody=json.dumps(template))
        sqs = boto3.client(
            "sqs", endpoint_url=rehearsed.endpoint_url, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test",
        )  # fmt: skip
        queue = eventually(lambda: sqs.list_queues(QueueNamePrefix="early").get("QueueUrls"), "the queue")

        assert queue
        assert stack.status() == "CREATE_IN_PROGRESS"
        rehearsed.control("clock", speed="max")
        eventually(lambda: stack.status() == "CREATE_COMPLETE", "the end of the operation")


def test_a_service_that_is_busy_costs_time_on_this_clock(rehearsed: Emulator, stack: Stack) -> None:
    busy = injected(rehearsed, "throttle", service="sqs", action="CreateQueue", times=3)
    with realistic_time(rehearsed), busy:
        stack.put({"Queue": QUEUE})

        assert lengths(rehearsed, stack)["Queue CREATE_COMPLETE"] == (0, 65 + 1 + 2 + 4)


def test_a_failure_and_its_rollback_have_their_times(rehearsed: Emulator, stack: Stack) -> None:
    with realistic_time(rehearsed), injected(rehearsed, "fail-create", resource="Topic", stack=stack.name):
        stack.apply({"Resources": {"Queue": QUEUE, "Topic": TOPIC}})

        assert stack.status() == "ROLLBACK_COMPLETE"
        assert lengths(rehearsed, stack) == {
            "Queue CREATE_COMPLETE": (0, 65),
            "Topic CREATE_FAILED": (65, 77),
            "Queue DELETE_COMPLETE": (77, 142),
            f"{stack.name} ROLLBACK_COMPLETE": (0, 142),
        }


def test_a_slow_resource_is_slower_on_this_clock(rehearsed: Emulator, stack: Stack) -> None:
    with realistic_time(rehearsed), injected(rehearsed, "slow-create", resource="Queue", seconds=600):
        stack.put({"Queue": QUEUE})

        assert lengths(rehearsed, stack)["Queue CREATE_COMPLETE"] == (0, 665)


def test_stacks_that_are_deployed_at_the_same_time_overlap(rehearsed: Emulator, cloudformation: Any) -> None:
    stacks = [Stack(f"overlap-{number}", cloudformation) for number in range(3)]
    with realistic_time(rehearsed, speed=1):
        for stack in stacks:
            cloudformation.create_stack(StackName=stack.name, TemplateBody=json.dumps({"Resources": {"Queue": QUEUE}}))
        rehearsed.control("clock", speed="max")
        for stack in stacks:
            eventually(lambda stack=stack: stack.status() == "CREATE_COMPLETE", "the end of the operation")
        begun, ended = zip(*(times(rehearsed, stack) for stack in stacks), strict=True)

    assert max(ended) - min(begun) < timedelta(seconds=2 * 65)
    for stack in stacks:
        stack.delete()


def times(emulator: Emulator, stack: Stack) -> tuple[datetime, datetime]:
    events = emulator.control("timeline", stack=stack.name)["events"]
    return datetime.fromisoformat(events[0]["Timestamp"]), datetime.fromisoformat(events[-1]["Timestamp"])


def test_our_network_is_rehearsed_in_a_moment(rehearsed: Emulator, stack: Stack, project_root: Path) -> None:
    text = (project_root / "tests/synth/snapshots/production/network.template.json").read_text()
    template = json.loads(text)
    del template["Parameters"]["BootstrapVersion"], template["Rules"]
    with realistic_time(rehearsed):
        stack.apply(template)
        status, found = stack.status(), lengths(rehearsed, stack)

    gateways = [span for name, span in found.items() if "NATGateway" in name]
    assert status == "CREATE_COMPLETE"
    assert [ended - begun for begun, ended in gateways] == [110, 110]
    assert 150 < found[f"{stack.name} CREATE_COMPLETE"][1] < 300


def test_an_operation_that_a_stop_interrupts_is_not_in_progress_for_ever(
    rehearsed: Emulator, stack: Stack, cloudformation: Any
) -> None:
    with realistic_time(rehearsed, speed=1):
        template = json.dumps({"Resources": {"Queue": QUEUE}})
        cloudformation.create_stack(StackName=stack.name, TemplateBody=template)
        eventually(lambda: len(rehearsed.control("timeline", stack=stack.name)["events"]) == 2, "the first events")

        rehearsed.stop()
        rehearsed.start()

    assert stack.status() == "ROLLBACK_FAILED"
    assert stack.delete() in (None, "DELETE_COMPLETE")


def test_the_clock_does_not_go_back_over_a_restart_though_real_time_returns(rehearsed: Emulator, stack: Stack) -> None:
    with realistic_time(rehearsed):
        stack.put({"Queue": QUEUE})
    before = rehearsed.control("clock")

    rehearsed.stop()
    rehearsed.start()

    after = rehearsed.control("clock")
    assert after["simulated"] >= before["simulated"] - 1
    assert (after["realistic"], after["speed"]) == (False, 1)
    stack.put({"Queue": {**QUEUE, "Properties": {"VisibilityTimeout": 33}}})
    assert list(lengths(rehearsed, stack))[-1] == f"{stack.name} UPDATE_COMPLETE"
