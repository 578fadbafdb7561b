"""The network stack: subnets where they are wanted, closed security groups, logged flows."""

from __future__ import annotations

import json

import pytest

from tests.synth.assemblies import synthesise

ANYWHERE = "0.0.0.0/0"
PRIVATE = ("subnet-0000001a", "subnet-0000001b")
EXISTING = (
    "network.existing.vpc_id=vpc-01234567",
    "network.existing.cidr=172.16.0.0/16",
    "network.existing.secondary_cidrs=[100.64.0.0/16]",
    f"network.existing.private_subnets={{us-east-1a: {PRIVATE[0]}, us-east-1b: {PRIVATE[1]}}}",
    "network.egress=routed",
    "network.interface_endpoints=[ssm, secretsmanager]",
)


@pytest.fixture(scope="module")
def existing(tmp_path_factory):
    """Return the development environment in a network of somebody else's."""
    return synthesise("development", tmp_path_factory.mktemp("existing"), overrides=EXISTING)


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


def test_an_existing_network_is_left_as_it_is(existing):
    types = {entry["Type"] for entry in existing.template("network").body["Resources"].values()}

    assert types == {
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::VPCEndpoint",
        "AWS::SSM::Parameter",  # ids of the security groups
    }
    assert existing.template("network").outputs() == {"VpcId": "vpc-01234567"}


def test_everything_stands_in_the_existing_network(existing):
    fleet, image = existing.template("fleet"), existing.template("image")

    assert fleet.only("AWS::AutoScaling::AutoScalingGroup")["VPCZoneIdentifier"] == list(PRIVATE)
    assert fleet.only("AWS::ElasticLoadBalancingV2::TargetGroup")["VpcId"] == "vpc-01234567"
    assert PRIVATE[0] in json.dumps(fleet.only("AWS::ElasticLoadBalancingV2::LoadBalancer"))
    assert image.only("AWS::ImageBuilder::InfrastructureConfiguration")["SubnetId"] == PRIVATE[0]
    assert existing.template("dns").only("AWS::Route53::HostedZone")["VPCs"][0]["VPCId"] == "vpc-01234567"
    assert not any(
        "AWS::EC2::VPC" in json.dumps(existing.template(name).body["Resources"]) for name in ("fleet", "image")
    )


def test_its_clients_are_those_of_its_own_addresses(existing):
    groups = existing.template("network").properties("AWS::EC2::SecurityGroup")
    found = {group["GroupDescription"]: group for group in groups}

    for whose in ("Load balancer of the proxy", "Interface endpoints"):
        clients = {rule["CidrIp"] for rule in found[whose]["SecurityGroupIngress"]}
        assert clients == {"172.16.0.0/16", "100.64.0.0/16"}


def test_users_who_sign_in_come_from_everywhere_on_the_internet_and_from_inside_else(tmp_path):
    on_internet = ("fleet.scheme=internet-facing", "proxy.authentication.required=true")
    template = synthesise("test", tmp_path, overrides=on_internet).template("network")
    (balancer,) = (
        group
        for group in template.properties("AWS::EC2::SecurityGroup")
        if group["GroupDescription"] == "Load balancer of the proxy"
    )

    assert {rule["CidrIp"] for rule in balancer["SecurityGroupIngress"]} == {"0.0.0.0/0"}


def test_endpoints_stand_where_the_instances_do(existing):
    endpoints = existing.template("network").properties("AWS::EC2::VPCEndpoint")

    assert {endpoint["ServiceName"] for endpoint in endpoints} == {
        "com.amazonaws.us-east-1.ssm",
        "com.amazonaws.us-east-1.secretsmanager",
    }
    assert all(endpoint["SubnetIds"] == list(PRIVATE) for endpoint in endpoints)


def test_flows_are_unlogged_only_with_a_reason(tmp_path):
    reason = "network.no_flow_logs_reason=the account logs the flows of all its networks"

    template = synthesise("development", tmp_path, overrides=(reason,)).template("network")

    assert template.resources("AWS::EC2::FlowLog") == template.resources("AWS::Logs::LogGroup") == {}
    assert template.resources("AWS::IAM::Role") == {}
