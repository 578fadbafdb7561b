"""AWS::EC2::Instance."""

from __future__ import annotations

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_instances import state
from tests.emulated.test_scaling import IMAGE, TEMPLATE

OUTPUTS = {"Id": {"Ref": "Instance"}, "Address": {"Fn::GetAtt": ["Instance", "PrivateIp"]}}


def instance(**properties):
    base = {"ImageId": IMAGE, "InstanceType": "t3.micro", "Tags": [{"Key": "team", "Value": "a"}]}
    return {"Instance": {"Type": "AWS::EC2::Instance", "Properties": {**base, **properties}}}


@pytest.mark.behaviour("EC2", "AWS::EC2::Instance is created running, changed in place, and deleted terminated")
def test_instance_of_a_stack(stack, client):
    ec2 = client("ec2")
    outputs = stack.put(instance(), OUTPUTS)
    assert state(ec2, outputs["Id"]) == "running"

    changed = stack.put(instance(Tags=[{"Key": "team", "Value": "b"}]), OUTPUTS)
    assert changed["Id"] == outputs["Id"]
    shown = ec2.describe_instances(InstanceIds=[outputs["Id"]])["Reservations"][0]["Instances"][0]
    assert {tag["Key"]: tag["Value"] for tag in shown["Tags"]}["team"] == "b"
    assert shown["PrivateIpAddress"] == outputs["Address"]

    stack.delete()
    assert state(ec2, outputs["Id"]) == "terminated"


@pytest.mark.behaviour("EC2", "an instance of a stack takes from its launch template what it does not say itself")
def test_instance_from_a_launch_template(stack, client):
    specification = {"LaunchTemplateId": {"Ref": "Template"}, "Version": "1"}
    made = instance(LaunchTemplate=specification, InstanceType="t3.small")
    del made["Instance"]["Properties"]["ImageId"]

    outputs = stack.put({"Template": TEMPLATE, **made}, OUTPUTS)

    shown = client("ec2").describe_instances(InstanceIds=[outputs["Id"]])["Reservations"][0]["Instances"][0]
    tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
    assert shown["InstanceType"] == "t3.small"
    assert tags["aws:ec2launchtemplate:version"] == "1"


@pytest.mark.behaviour("CloudFormation", "an instance with a creation policy is complete when its signal has arrived")
def test_creation_policy_waits_for_the_signal(stack, client):
    cloudformation = client("cloudformation")
    made = instance()
    made["Instance"]["CreationPolicy"] = {"ResourceSignal": {"Count": 1, "Timeout": "PT10M"}}
    stack.begin({"Resources": made})

    def is_waiting() -> bool:
        try:
            cloudformation.signal_resource(
                StackName=stack.name, LogicalResourceId="Instance", UniqueId="one", Status="SUCCESS"
            )
        except cloudformation.exceptions.ClientError:
            return False
        return True

    eventually(is_waiting, "the instance waiting for its signal", 300)
    eventually(lambda: stack.status() == "CREATE_COMPLETE", "the stack being complete", 300)


@pytest.mark.behaviour("EC2", "a stack whose instance names an unknown image is rolled back")
def test_unknown_image_fails_the_stack(stack):
    with pytest.raises(AssertionError, match="does not exist"):
        stack.put(instance(ImageId="ami-0123456789abcdeff"))
