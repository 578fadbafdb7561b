"""Network Load Balancers."""

from __future__ import annotations

from tests.emulated.test_network import VPC, subnet

RESOURCES = {
    "Vpc": VPC,
    "SubnetA": subnet("us-east-1a", "10.9.1.0/24"),
    "SubnetB": subnet("us-east-1b", "10.9.2.0/24"),
    "Balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {
            "Type": "network",
            "Name": "proxy",
            "Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}],
            "Tags": [{"Key": "a", "Value": "b"}],
        },
    },
    "Group": {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {"Protocol": "TCP", "Port": 8080, "VpcId": {"Ref": "Vpc"}, "TargetType": "instance"},
    },
    "Listener": {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Port": 8080,
            "Protocol": "TCP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
        },
    },
}
OUTPUTS = {
    "Arn": {"Ref": "Balancer"},
    "Name": {"Fn::GetAtt": ["Balancer", "DNSName"]},
    "FullName": {"Fn::GetAtt": ["Balancer", "LoadBalancerFullName"]},
    "Zone": {"Fn::GetAtt": ["Balancer", "CanonicalHostedZoneID"]},
    "Group": {"Ref": "Group"},
    "Listener": {"Ref": "Listener"},
    "Vpc": {"Ref": "Vpc"},
}


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


def test_target_that_nobody_has_checked_is_not_healthy(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)
    elb = client("elbv2")
    elb.register_targets(TargetGroupArn=outputs["Group"], Targets=[{"Id": "i-0123456789abcdef0"}])

    described = elb.describe_target_health(TargetGroupArn=outputs["Group"])["TargetHealthDescriptions"]
    assert [target["TargetHealth"]["State"] for target in described] == ["initial"]
