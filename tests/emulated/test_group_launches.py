"""What a group launches."""

from __future__ import annotations

import pytest

from tests.emulated.scaling_groups import OUTPUTS, Watched, resources


@pytest.mark.behaviour(
    "Auto Scaling", "a group launches what its mixed instances policy says first, as spot if it says so"
)
def test_mixed_instances_policy_chooses_type_and_market(stack, client):
    made = resources(DesiredCapacity="1")
    del made["Group"]["Properties"]["LaunchTemplate"]
    made["Group"]["Properties"]["MixedInstancesPolicy"] = {
        "InstancesDistribution": {"OnDemandBaseCapacity": 0, "OnDemandPercentageAboveBaseCapacity": 0},
        "LaunchTemplate": {
            "LaunchTemplateSpecification": resources()["Group"]["Properties"]["LaunchTemplate"],
            "Overrides": [{"InstanceType": "t3.small"}, {"InstanceType": "t3.medium"}],
        },
    }
    group = Watched(stack.put(made, OUTPUTS)["Name"], client("autoscaling"))

    (name,) = group.await_states("InService")

    shown = client("ec2").describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]
    assert shown["InstanceType"] in ("t3.small", "t3.medium")
    assert shown["InstanceLifecycle"] == "spot"


@pytest.mark.behaviour(
    "Auto Scaling", "an instance has the security groups of its template's network interface, in the group's subnet"
)
def test_network_interface_of_a_launch_template(stack, client):
    closed = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "any"}}
    face = {"DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [{"Fn::GetAtt": ["Closed", "GroupId"]}]}
    made = {**resources(DesiredCapacity="1"), "Closed": closed}
    data = {**made["Template"]["Properties"]["LaunchTemplateData"], "NetworkInterfaces": [face]}
    made["Template"] = {**made["Template"], "Properties": {"LaunchTemplateData": data}}
    outputs = stack.put(made, {**OUTPUTS, "Closed": {"Fn::GetAtt": ["Closed", "GroupId"]}})
    group = Watched(outputs["Name"], client("autoscaling"))

    (name,) = group.await_states("InService")

    shown = client("ec2").describe_instances(InstanceIds=[name])["Reservations"][0]["Instances"][0]
    assert [each["GroupId"] for each in shown["SecurityGroups"]] == [outputs["Closed"]]
    assert shown["Placement"]["AvailabilityZone"] == group.shown()["Instances"][0]["AvailabilityZone"]


@pytest.mark.behaviour("Auto Scaling", "a group that is deleted with its stack leaves no instance behind", aws=False)
def test_a_deleted_group_leaves_no_instance(stack, client):
    ec2 = client("ec2")
    group = [{"Name": "tag:aws:autoscaling:groupName", "Values": [f"{stack.name}-group"]}]

    def left() -> list[str]:
        reservations = ec2.describe_instances(Filters=group)["Reservations"]
        machines = [machine for each in reservations for machine in each["Instances"]]
        return [machine["InstanceId"] for machine in machines if machine["State"]["Name"] != "terminated"]

    # What ends must not be replaced in the moment before the group is gone.
    for _ in range(2):
        stack.put(resources(MinSize="4", AutoScalingGroupName=f"{stack.name}-group"))
        assert len(left()) == 4
        assert stack.delete() in (None, "DELETE_COMPLETE")
        assert left() == []
