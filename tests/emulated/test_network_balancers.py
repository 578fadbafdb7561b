"""Network Load Balancers, as templates make them and the API describes them."""

from __future__ import annotations

from tests.emulated.test_balancing import OUTPUTS, RESOURCES


def test_network_load_balancer_looks_like_one(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)
    elb = client("elbv2")

    shown = elb.describe_load_balancers(LoadBalancerArns=[outputs["Arn"]])["LoadBalancers"][0]
    assert outputs["FullName"].startswith("net/proxy/")
    assert outputs["Arn"].endswith(outputs["FullName"])
    assert outputs["Name"] == shown["DNSName"]
    assert outputs["Name"].endswith(".elb.us-east-1.amazonaws.com")
    assert outputs["Zone"] == shown["CanonicalHostedZoneId"] == "Z26RNL4JYFTOTI"
    assert {zone["ZoneName"] for zone in shown["AvailabilityZones"]} == {"us-east-1a", "us-east-1b"}
    assert shown["VpcId"] == outputs["Vpc"]
    listeners = elb.describe_listeners(LoadBalancerArn=outputs["Arn"])["Listeners"]
    assert [listener["ListenerArn"] for listener in listeners] == [outputs["Listener"]]
    assert ":listener/net/proxy/" in outputs["Listener"]
    assert elb.describe_tags(ResourceArns=[outputs["Arn"]])["TagDescriptions"][0]["Tags"]


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

    stack.delete()
    assert client("elbv2").describe_load_balancers()["LoadBalancers"] == []
