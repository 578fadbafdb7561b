"""Spot instances, and their interruption."""

from __future__ import annotations

import json
import subprocess

import pytest

from emulator.launcher import EmulatorError
from emulator.paths import EMULATOR_PYTHON, ROOT
from tests.emulated.conftest import eventually
from tests.emulated.test_instances import await_console, await_state, ec2, launch, shown
from tests.emulated.test_persistence import client_of, own
from tests.emulated.test_scaling import image_id

__all__ = ["ec2", "launch", "own"]
SPOT = {"InstanceMarketOptions": {"MarketType": "spot"}}
WATCHING = """#!/bin/sh
imds="$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest"
token=$(curl -s -X PUT "$imds/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")
echo "slipway: watching"
until curl -sf -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/spot/instance-action"; do sleep 0.05; done
echo "slipway: noticed"
"""


@pytest.mark.behaviour("EC2", "a spot instance is shown as one")
def test_spot_instance_is_shown_as_one(launch, ec2):
    launch()
    name = launch(**SPOT)
    instance = shown(ec2, name)

    filters = [{"Name": "instance-lifecycle", "Values": ["spot"]}, {"Name": "instance-id", "Values": [name]}]
    found = ec2.describe_instances(Filters=filters)["Reservations"]
    assert [each["Instances"][0]["InstanceId"] for each in found] == [name]
    assert instance["InstanceLifecycle"] == "spot"
    assert instance["SpotInstanceRequestId"].startswith("sir-")


@pytest.mark.behaviour(
    "EC2",
    "an interruption is announced in the instance's metadata and on the event bus, then the instance is terminated",
    aws=False,
)
def test_interruption_is_announced_and_carried_out(emulator, client, launch, ec2, stack):
    queue = stack.put(
        {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {"detail-type": ["EC2 Spot Instance Interruption Warning"]},
                    "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
                },
            },
        },
        {"Url": {"Ref": "Queue"}},
    )["Url"]
    name = launch(WATCHING, **SPOT)
    await_console(ec2, name, "watching")

    answer = emulator.control("interrupt-spot", instance_id=name, notice_seconds=1)

    assert answer["instance_id"] == name
    await_console(ec2, name, "noticed")
    receive = client("sqs").receive_message
    messages = eventually(lambda: receive(QueueUrl=queue).get("Messages"), "the event")
    event = json.loads(messages[0]["Body"])
    assert (event["source"], event["detail"]) == ("aws.ec2", {"instance-id": name, "instance-action": "terminate"})
    await_state(ec2, name, "terminated")
    assert shown(ec2, name)["StateReason"]["Code"] == "Server.SpotInstanceTermination"


def test_only_running_spot_instances_can_be_interrupted(emulator, launch):
    name = launch()

    with pytest.raises(EmulatorError, match="is no running spot instance"):
        emulator.control("interrupt-spot", instance_id=name)
    with pytest.raises(EmulatorError, match="has to be a number from 0 to 3600"):
        emulator.control("interrupt-spot", instance_id=name, notice_seconds="soon")


def test_notice_is_over_when_the_clock_says_so(own):
    ec2, image = client_of(own, "ec2"), image_id(lambda service: client_of(own, service))
    name = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, **SPOT)["Instances"][0]["InstanceId"]
    await_state(ec2, name, "running")
    own.control("interrupt-spot", instance_id=name, notice_seconds=3000)

    own.control("clock", advance=3000)

    eventually(lambda: shown(ec2, name)["State"]["Name"] == "terminated", "the interruption")


INTERRUPTING = """
import time
from emulator.plugin import clock, interruptions
clock.use(time.time)
ended = []
interruptions.instance_states.terminate = lambda name, _reason: ended.append({"i-good": name}[name])
for name in ("i-bad", "i-good"):
    interruptions._ec2._instances[name] = {"State": {"Name": "running"}, "InterruptedAt": 0.0}
print(interruptions.carry_out(), *ended)
"""


def test_instance_that_cannot_be_interrupted_holds_up_no_other():
    # In a process of its own: no call of AWS's makes such an instance.
    run = subprocess.run(
        [EMULATOR_PYTHON, "-c", INTERRUPTING],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stdout.split() == ["1", "i-good"], run.stderr
