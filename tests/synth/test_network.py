"""The network stack: subnets where they are wanted, closed security groups, logged flows."""

from __future__ import annotations

import pytest

ANYWHERE = "0.0.0.0/0"


def test_two_zones_from_the_configuration(production):
    subnets = production("network").properties("AWS::EC2::Subnet")

    assert {subnet["AvailabilityZone"] for subnet in subnets} == {"us-east-1a", "us-east-1b"}


@pytest.mark.parametrize(
    ("environment", "subnets", "gateways"), [("local", 2, 0), ("staging", 4, 1), ("production", 4, 2)]
)
def test_instances_are_private_where_configured(environment, subnets, gateways, assembly):
    template = assembly(environment).template("network")

    assert len(template.resources("AWS::EC2::Subnet")) == subnets
    assert len(template.resources("AWS::EC2::NatGateway")) == gateways


def test_flows_are_logged(production):
    template = production("network")

    assert template.only("AWS::EC2::FlowLog")["TrafficType"] == "ALL"
    assert template.only("AWS::Logs::LogGroup") | {"Tags": []} == {
        "LogGroupName": "/slipway/production/flow-logs",
        "RetentionInDays": 90,
        "Tags": [],
    }


def test_s3_is_reached_without_the_internet(production):
    assert "S3" in str(production("network").only("AWS::EC2::VPCEndpoint")["ServiceName"]).upper()


def test_nobody_gets_in_from_anywhere(assembly):
    for environment in ("local", "production"):
        groups = assembly(environment).template("network").properties("AWS::EC2::SecurityGroup")
        open_rules = [
            rule for group in groups for rule in group.get("SecurityGroupIngress", []) if ANYWHERE in str(rule)
        ]
        assert open_rules == []


def test_instances_hear_the_load_balancer_on_two_ports_only(production):
    template = production("network")

    assert sorted(rule["FromPort"] for rule in template.properties("AWS::EC2::SecurityGroupIngress")) == [8080, 8081]
    assert sorted(rule["FromPort"] for rule in template.properties("AWS::EC2::SecurityGroupEgress")) == [8080, 8081]


def test_instances_reach_the_allowed_ports_only(local):
    (instance,) = (
        group
        for group in local("network").properties("AWS::EC2::SecurityGroup")
        if group["GroupDescription"] == "Instances of the proxy"
    )

    ports = {(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in instance["SecurityGroupEgress"]}
    assert ports == {(port, port, "tcp") for port in (80, 443, 8000, 8443)}


def test_nothing_stands_in_the_default_security_group(assembly):
    for component in ("network", "image", "functions", "fleet"):
        assert "DefaultSecurityGroup" not in str(assembly("production").template(component).body)
