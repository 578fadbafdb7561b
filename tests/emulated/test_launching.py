"""What a new instance gets from its network and its launch template."""

from __future__ import annotations

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_instance_resources import OUTPUTS, instance
from tests.emulated.test_network import VPC, subnet


@pytest.mark.behaviour("EC2", "an instance stands in the zone and the VPC of its subnet")
def test_instance_stands_in_its_subnet(stack, client):
    made = instance(SubnetId={"Ref": "Subnet"}, Monitoring=True)
    outputs = stack.put(
        {"Vpc": VPC, "Subnet": subnet("us-east-1b", "10.9.2.0/24"), **made}, {**OUTPUTS, "Vpc": {"Ref": "Vpc"}}
    )

    ec2 = client("ec2")
    shown = ec2.describe_instances(InstanceIds=[outputs["Id"]])["Reservations"][0]["Instances"][0]
    assert (shown["Placement"]["AvailabilityZone"], shown["VpcId"]) == ("us-east-1b", outputs["Vpc"])
    eventually(
        lambda: (
            ec2.describe_instances(InstanceIds=[outputs["Id"]])["Reservations"][0]["Instances"][0]["Monitoring"][
                "State"
            ]
            == "enabled"
        ),
        "detailed monitoring",
    )


@pytest.mark.difference(
    "EC2",
    aws="an instance's private address is one of its subnet",
    here="it is a loopback address of this machine, at which the instance can be reached",
)
def test_private_address_is_on_loopback(stack):
    outputs = stack.put(instance(), OUTPUTS)

    assert outputs["Address"].startswith("127.0.")


@pytest.mark.behaviour("EC2", "an instance whose type cannot run its image is refused")
def test_an_image_of_another_architecture_is_refused(client):
    name = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"
    image = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    ec2 = client("ec2")

    with pytest.raises(ec2.exceptions.ClientError, match="'arm64' of the specified instance type does not match"):
        ec2.run_instances(ImageId=image, InstanceType="t4g.small", MinCount=1, MaxCount=1)
