"""EC2's calls about instances: what they launch, stop and end are real processes."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.paths import StatePaths
from tests.emulated.conftest import eventually
from tests.emulated.test_persistence import client_of, own
from tests.emulated.test_scaling import image_id

__all__ = ["own"]

MINUTES = 300.0
"""How long an instance may take on AWS; here it takes a second."""
TELLING = """#!/bin/sh
imds="${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest"
token=$(curl -s -X PUT "$imds/api/token" -H "X-aws-ec2-metadata-token-ttl-seconds: 60")
ask() { curl -s -H "X-aws-ec2-metadata-token: $token" "$imds/meta-data/$1"; }
echo "slipway: id $(ask instance-id)"
echo "slipway: tag $(ask tags/instance/Name)"
echo "slipway: market $(ask instance-life-cycle)"
echo "slipway: without token $(curl -s -o /dev/null -w '%{http_code}' "$imds/meta-data/instance-id")"
"""


@pytest.fixture
def ec2(client):
    return client("ec2")


@pytest.fixture
def launch(client, ec2, stack):
    launched = []

    def run(user_data: str = "", **request: Any) -> str:
        tags = [{"Key": "Name", "Value": stack.name}]
        asked = {
            "ImageId": image_id(client),
            "InstanceType": "t3.micro",
            "MinCount": 1,
            "MaxCount": 1,
            "UserData": user_data,
            "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
            **request,
        }
        answer = ec2.run_instances(**{name: value for name, value in asked.items() if value != ""})
        launched.append(answer["Instances"][0]["InstanceId"])
        return launched[-1]

    yield run
    if launched:
        ec2.terminate_instances(InstanceIds=launched)


def shown(ec2, instance_id: str) -> dict[str, Any]:
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def state(ec2, instance_id: str) -> str:
    return shown(ec2, instance_id)["State"]["Name"]


def await_state(ec2, instance_id: str, wanted: str) -> None:
    eventually(lambda: state(ec2, instance_id) == wanted, f"{instance_id} getting {wanted}", MINUTES)


def console(ec2, instance_id: str) -> str:
    # boto3 decodes the console's base64 itself.
    return ec2.get_console_output(InstanceId=instance_id, Latest=True).get("Output", "")


def await_console(ec2, instance_id: str, text: str) -> str:
    eventually(lambda: text in console(ec2, instance_id), f"{text!r} on the console", MINUTES)
    return console(ec2, instance_id)


@pytest.mark.behaviour("EC2", "RunInstances starts an instance that runs its user data and asks its metadata service")
def test_launched_instance_runs_its_user_data(launch, ec2):
    name = launch(TELLING, MetadataOptions={"HttpTokens": "required", "InstanceMetadataTags": "enabled"})

    assert state(ec2, name) in ("pending", "running")
    text = await_console(ec2, name, "without token")
    tag = next(tag["Value"] for tag in shown(ec2, name)["Tags"] if tag["Key"] == "Name")
    assert [line.partition("slipway: ")[2].strip() for line in text.splitlines() if "slipway: " in line][-4:] == [
        f"id {name}",
        f"tag {tag}",
        "market on-demand",
        "without token 401",
    ]


@pytest.mark.behaviour("EC2", "an instance ends as shutting-down, then terminated; its console stays readable")
def test_terminated_instance_leaves_its_console(launch, ec2):
    name = launch("#!/bin/sh\necho slipway was here\n")
    await_console(ec2, name, "slipway was here")

    ended = ec2.terminate_instances(InstanceIds=[name])["TerminatingInstances"][0]

    assert (ended["PreviousState"]["Name"], ended["CurrentState"]["Name"]) == ("running", "shutting-down")
    await_state(ec2, name, "terminated")
    assert shown(ec2, name)["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert "slipway was here" in console(ec2, name)


@pytest.mark.behaviour("EC2", "an instance that was stopped or rebooted boots again, without its user data")
def test_instance_stops_starts_and_reboots(launch, ec2):
    name = launch("#!/bin/sh\necho slipway booted\n")
    await_console(ec2, name, "slipway booted")

    ec2.stop_instances(InstanceIds=[name])
    await_state(ec2, name, "stopped")
    ec2.start_instances(InstanceIds=[name])
    await_state(ec2, name, "running")
    ec2.reboot_instances(InstanceIds=[name])

    status = ec2.describe_instance_status(InstanceIds=[name])["InstanceStatuses"][0]
    assert status["InstanceState"]["Name"] == "running"
    assert console(ec2, name).count("slipway booted") <= 1


@pytest.mark.behaviour("EC2", "only a stopped instance can be started, and an unknown one is refused")
def test_start_needs_a_stopped_instance(launch, ec2):
    name = launch()
    await_state(ec2, name, "running")
    ec2.terminate_instances(InstanceIds=[name])

    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[name])
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        ec2.terminate_instances(InstanceIds=["i-0123456789abcdef0"])


@pytest.mark.behaviour("EC2", "an image or an instance profile that does not exist is refused")
@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"ImageId": "ami-0123456789abcdeff"}, r"InvalidAMIID\.NotFound"),
        ({"IamInstanceProfile": {"Name": "slipway-test-nobody"}}, "InvalidParameterValue"),
        ({"LaunchTemplate": {"LaunchTemplateId": "lt-0123456789abcdef0"}}, r"InvalidLaunchTemplateId\.NotFound"),
        ({"SubnetId": "subnet-0123456789abcdef0"}, r"InvalidSubnetID\.NotFound"),
    ],
)
def test_what_does_not_exist_is_refused(launch, request_, code):
    with pytest.raises(ClientError, match=code):
        launch(**request_)


@pytest.mark.behaviour(
    "EC2", "user data can be read back, and a request that is repeated with its token launches nothing"
)
def test_user_data_is_readable_and_requests_are_idempotent(launch, ec2, stack):
    name = launch("#!/bin/sh\ntrue\n", ClientToken=stack.name)

    assert launch("#!/bin/sh\ntrue\n", ClientToken=stack.name) == name
    attribute = ec2.describe_instance_attribute(InstanceId=name, Attribute="userData")["UserData"]["Value"]
    assert base64.b64decode(attribute) == b"#!/bin/sh\ntrue\n"


@pytest.mark.difference(
    "EC2",
    aws="an instance runs the system of its image, and its metadata service is at 169.254.169.254",
    here="whatever its image, it runs on this machine, and AWS_EC2_METADATA_SERVICE_ENDPOINT names the service",
)
def test_metadata_service_is_on_loopback(launch, ec2):
    name = launch("#!/bin/sh\necho slipway: $AWS_EC2_METADATA_SERVICE_ENDPOINT of $(uname -s)\n")

    assert "slipway: http://127.0.0.1:" in await_console(ec2, name, "slipway:")


def test_instance_that_ended_long_ago_is_forgotten_with_its_disk(own):
    ec2, image = client_of(own, "ec2"), image_id(lambda service: client_of(own, service))
    name = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    disk = StatePaths(own.state).instances / name
    await_state(ec2, name, "running")
    ec2.terminate_instances(InstanceIds=[name])
    await_state(ec2, name, "terminated")
    assert disk.exists()

    own.control("clock", advance=3700)

    eventually(lambda: not disk.exists(), "the end of the disk, though nobody asks for instances")
    assert not ec2.describe_instances()["Reservations"]
