"""Network Load Balancers, as templates make them and the API describes them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.emulated.test_balancing import OUTPUTS, RESOURCES
from tests.emulated.test_network import subnet


@pytest.mark.behaviour(
    "Network Load Balancer", "its ARN, full name, DNS name, zones and hosted zone are those of its kind"
)
def test_network_load_balancer_looks_like_one(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)
    elb = client("elbv2")

    shown = elb.describe_load_balancers(LoadBalancerArns=[outputs["Arn"]])["LoadBalancers"][0]
    assert outputs["FullName"].startswith(f"net/{shown['LoadBalancerName']}/")
    assert outputs["Arn"].endswith(outputs["FullName"])
    assert outputs["Name"] == shown["DNSName"]
    assert outputs["Name"].endswith(".elb.us-east-1.amazonaws.com")
    assert outputs["Zone"] == shown["CanonicalHostedZoneId"] == "Z26RNL4JYFTOTI"
    assert {zone["ZoneName"] for zone in shown["AvailabilityZones"]} == {"us-east-1a", "us-east-1b"}
    assert shown["VpcId"] == outputs["Vpc"]
    listeners = elb.describe_listeners(LoadBalancerArn=outputs["Arn"])["Listeners"]
    assert [listener["ListenerArn"] for listener in listeners] == [outputs["Listener"]]
    assert f":listener/{outputs['FullName']}/" in outputs["Listener"]
    assert elb.describe_tags(ResourceArns=[outputs["Arn"]])["TagDescriptions"][0]["Tags"]


@pytest.mark.behaviour("Network Load Balancer", "a changed attribute changes it in place; the stack's end removes it")
def test_update_keeps_the_balancer_and_delete_removes_all(stack, client):
    first = stack.put(RESOURCES, OUTPUTS)
    changed = {**RESOURCES, "Balancer": {**RESOURCES["Balancer"]}}
    changed["Balancer"] = {
        **RESOURCES["Balancer"],
        "Properties": {
            **RESOURCES["Balancer"]["Properties"],
            "LoadBalancerAttributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
        },
    }
    assert stack.put(changed, OUTPUTS) == first

    attributes = client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=first["Arn"])["Attributes"]
    shown = {each["Key"]: each["Value"] for each in attributes}
    assert shown["load_balancing.cross_zone.enabled"] == "true"
    assert shown["dns_record.client_routing_policy"] == "any_availability_zone"
    stack.delete()
    with pytest.raises(ClientError, match="LoadBalancerNotFound"):
        client("elbv2").describe_load_balancers(LoadBalancerArns=[first["Arn"]])


@pytest.mark.behaviour("Network Load Balancer", "its subnets may be given as mappings")
def test_subnet_mappings(stack, client):
    properties = {**RESOURCES["Balancer"]["Properties"], "SubnetMappings": [{"SubnetId": {"Ref": "SubnetB"}}]}
    del properties["Subnets"]
    balancer = {**RESOURCES["Balancer"], "Properties": properties}
    outputs = stack.put({**RESOURCES, "Balancer": balancer}, OUTPUTS)

    shown = client("elbv2").describe_load_balancers(LoadBalancerArns=[outputs["Arn"]])["LoadBalancers"][0]

    assert [zone["ZoneName"] for zone in shown["AvailabilityZones"]] == ["us-east-1b"]
    assert shown["VpcId"] == outputs["Vpc"]


@pytest.mark.behaviour("Network Load Balancer", "another subnet of a zone in which it stands is refused")
def test_another_subnet_of_the_same_zone(stack, client):
    further = {**RESOURCES, "Further": subnet("us-east-1b", "10.9.3.0/24")}
    outputs = stack.put(further, {**OUTPUTS, "A": {"Ref": "SubnetA"}, "Further": {"Ref": "Further"}})
    properties = {**RESOURCES["Balancer"]["Properties"], "Subnets": [{"Ref": "SubnetA"}, {"Ref": "Further"}]}

    with pytest.raises(ClientError, match="already associated with the load balancer"):
        client("elbv2").set_subnets(LoadBalancerArn=outputs["Arn"], Subnets=[outputs["A"], outputs["Further"]])
    stack.apply({"Resources": {**further, "Balancer": {**RESOURCES["Balancer"], "Properties": properties}}})

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert any("'us-east-1b'" in reason for reason in stack.reasons())


@pytest.mark.behaviour(
    "Network Load Balancer", "one that is made through the API has the ARN and the zones of its kind"
)
def test_made_through_the_api(stack, client):
    parts = {name: RESOURCES[name] for name in ("Vpc", "SubnetA", "SubnetB")}
    outputs = stack.put(parts, {name: {"Ref": name} for name in parts})
    elb = client("elbv2")
    made = elb.create_load_balancer(
        Name=stack.name, Type="network", Scheme="internal", Subnets=[outputs["SubnetA"], outputs["SubnetB"]]
    )["LoadBalancers"][0]
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=made["LoadBalancerArn"])["Attributes"]
    elb.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])

    assert f":loadbalancer/net/{stack.name}/" in made["LoadBalancerArn"]
    assert made["VpcId"] == outputs["Vpc"]
    assert {zone["ZoneName"] for zone in made["AvailabilityZones"]} == {"us-east-1a", "us-east-1b"}
    assert "load_balancing.cross_zone.enabled" in {each["Key"] for each in attributes}
