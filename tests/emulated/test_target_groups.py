"""Target groups of network load balancers: their settings, attributes and targets."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.emulated.test_balancing import OUTPUTS, RESOURCES, by_address
from tests.emulated.test_network import VPC
from tests.emulated.test_targets import states


def group_alone(**properties) -> dict:
    """Return the resources of a target group that no listener uses."""
    group = RESOURCES["Group"]
    return {"Vpc": VPC, "Group": {**group, "Properties": {**group["Properties"], **properties}}}


def attributes(client, arn: str) -> dict[str, str]:
    shown = client("elbv2").describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    return {each["Key"]: each["Value"] for each in shown}


@pytest.mark.behaviour("Network Load Balancer", "a target group's full name begins with targetgroup/, as in its ARN")
def test_full_name(stack):
    values = {name: {"Fn::GetAtt": ["Group", name]} for name in ("TargetGroupFullName", "TargetGroupName")}
    outputs = stack.put(group_alone(), {"Arn": {"Ref": "Group"}, **values})

    assert outputs["Arn"].endswith(f":{outputs['TargetGroupFullName']}")
    assert outputs["TargetGroupFullName"].startswith(f"targetgroup/{outputs['TargetGroupName']}/")


@pytest.mark.behaviour("Network Load Balancer", "a TCP target group is checked by a connection every 30 s by default")
def test_default_check(stack, client):
    arn = stack.put(group_alone(), {"Arn": {"Ref": "Group"}})["Arn"]

    shown = client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]

    check = {name.removeprefix("HealthCheck"): value for name, value in shown.items() if name.startswith("HealthCheck")}
    assert check == {
        "Protocol": "TCP",
        "Port": "traffic-port",
        "Enabled": True,
        "IntervalSeconds": 30,
        "TimeoutSeconds": 10,
    }
    assert (shown["HealthyThresholdCount"], shown["UnhealthyThresholdCount"]) == (5, 2)
    assert "Matcher" not in shown


@pytest.mark.behaviour(
    "Network Load Balancer", "an HTTP check of a TCP target group accepts 200-399 within 6 s by default"
)
def test_default_http_check(stack, client):
    arn = stack.put(group_alone(HealthCheckProtocol="HTTP"), {"Arn": {"Ref": "Group"}})["Arn"]

    shown = client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]

    assert (shown["HealthCheckPath"], shown["HealthCheckTimeoutSeconds"]) == ("/", 6)
    assert shown["Matcher"] == {"HttpCode": "200-399"}


@pytest.mark.behaviour(
    "Network Load Balancer", "a target group shows all its attributes, those of the template and the defaults"
)
def test_attributes(stack, client):
    chosen = [{"Key": "deregistration_delay.timeout_seconds", "Value": "20"}]
    arn = stack.put(group_alone(TargetGroupAttributes=chosen), {"Arn": {"Ref": "Group"}})["Arn"]
    shown = attributes(client, arn)
    assert shown["deregistration_delay.timeout_seconds"] == "20"
    assert shown["deregistration_delay.connection_termination.enabled"] == "false"
    assert shown["target_health_state.unhealthy.connection_termination.enabled"] == "true"
    assert shown["preserve_client_ip.enabled"] == "true"
    assert shown["stickiness.type"] == "source_ip"

    client("elbv2").modify_target_group_attributes(
        TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}]
    )

    assert attributes(client, arn) == {**shown, "deregistration_delay.timeout_seconds": "30"}


@pytest.mark.behaviour("Network Load Balancer", "an attribute that target groups do not have is refused")
def test_unknown_attribute(stack, client):
    arn = stack.put(group_alone(), {"Arn": {"Ref": "Group"}})["Arn"]

    with pytest.raises(ClientError, match="ValidationError"):
        client("elbv2").modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": "deregistration.delay", "Value": "1"}]
        )


@pytest.mark.behaviour("Elastic Load Balancing", "a target group to which a listener forwards cannot be deleted")
def test_group_in_use_is_not_deleted(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)
    elb = client("elbv2")
    shown = elb.describe_target_groups(TargetGroupArns=[outputs["Group"]])["TargetGroups"][0]
    assert shown["LoadBalancerArns"] == [outputs["Arn"]]

    with pytest.raises(ClientError, match="ResourceInUse"):
        elb.delete_target_group(TargetGroupArn=outputs["Group"])


@pytest.mark.behaviour("Elastic Load Balancing", "targets of a template are registered, and changed by an update")
def test_targets_of_a_template(stack, client):
    first = [{"Id": "10.9.1.10"}, {"Id": "10.9.1.11", "Port": 9090}]
    group = stack.put(by_address(Targets=first), OUTPUTS)["Group"]
    assert sorted(states(client, group)) == [("10.9.1.10", 8080), ("10.9.1.11", 9090)]

    second = [{"Id": "10.9.1.10"}, {"Id": "10.9.1.12"}]
    stack.put(by_address(Targets=second), OUTPUTS)

    left = [key for key, (state, _) in states(client, group).items() if state != "draining"]
    assert sorted(left) == [("10.9.1.10", 8080), ("10.9.1.12", 8080)]


@pytest.mark.behaviour("Network Load Balancer", "a target group made through the API has the same defaults")
def test_group_made_through_the_api(stack, client):
    vpc = stack.put({"Vpc": VPC}, {"Vpc": {"Ref": "Vpc"}})["Vpc"]
    elb = client("elbv2")
    made = elb.create_target_group(Name=stack.name, Protocol="TCP", Port=8080, VpcId=vpc)["TargetGroups"][0]
    shown = attributes(client, made["TargetGroupArn"])
    elb.delete_target_group(TargetGroupArn=made["TargetGroupArn"])

    assert (made["HealthCheckProtocol"], made["HealthCheckTimeoutSeconds"]) == ("TCP", 10)
    assert shown["deregistration_delay.timeout_seconds"] == "300"
    assert shown["proxy_protocol_v2.enabled"] == "false"


@pytest.mark.behaviour("Elastic Load Balancing", "asking for a target group that is not there is an error")
def test_what_is_not_there_is_not_found(client):
    elb = client("elbv2")
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        elb.describe_target_groups(Names=["slipway-test-is-not-there"])
    with pytest.raises(ClientError, match="TargetGroupNotFound"):
        elb.describe_target_health(TargetGroupArn=MISSING)


MISSING = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/slipway-test-is-not-there/0123456789abcdef"
