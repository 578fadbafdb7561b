"""What a service refused is told in a stack's events in AWS's words."""

from __future__ import annotations

import pytest


@pytest.mark.behaviour("CloudFormation", "an event tells what a service refused, and why")
def test_a_network_that_something_else_is_in_stays_and_the_event_tells_why(stack, client):
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}
    vpc = stack.put({"Vpc": network}, {"Id": {"Ref": "Vpc"}})["Id"]
    ec2 = client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]

    assert stack.delete() == "DELETE_FAILED"

    assert any(
        f"The vpc '{vpc}' has dependencies and cannot be deleted. (Service: Ec2, Status Code: 400" in reason
        for reason in stack.reasons()
    )
    ec2.delete_subnet(SubnetId=subnet)


@pytest.mark.behaviour("CloudFormation", "an event tells why a metric filter was not made")
def test_a_metric_filter_of_no_log_group_is_refused_in_words(stack):
    metric = {"MetricName": "m", "MetricNamespace": "n", "MetricValue": "1"}
    properties = {"LogGroupName": f"/{stack.name}/none", "FilterPattern": "x", "MetricTransformations": [metric]}

    with pytest.raises(AssertionError, match=r"log group does not exist.*\(Service: CloudWatchLogs, Status Code: 400"):
        stack.put({"Filter": {"Type": "AWS::Logs::MetricFilter", "Properties": properties}})
