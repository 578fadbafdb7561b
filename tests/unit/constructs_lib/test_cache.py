"""A serverless cache is reached by its clients only, and gets another name where AWS would have to make another."""

from __future__ import annotations

import pytest
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib.cache import ServerlessValkey

KEY = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def add(stack):
    vpc = ec2.Vpc(stack, "Vpc")
    clients = ec2.SecurityGroup(stack, "Clients", vpc=vpc, allow_all_outbound=False)

    def cache(construct_id="Valkey", *, subnets=vpc.private_subnets, vpc=vpc, **options):
        return ServerlessValkey(
            stack,
            construct_id,
            name="a-cache",
            description="A cache",
            vpc=vpc,
            subnets=subnets,
            clients=clients,
            data_maximum_gb=2,
            ecpu_maximum=3000,
            snapshot_retention_days=1,
            **options,
        )

    cache.vpc = vpc
    return cache


def test_a_cache(add, stack, template):
    endpoint = add().endpoint

    (cache,) = template("AWS::ElastiCache::ServerlessCache")
    assert (cache["Engine"], cache["MajorEngineVersion"], cache["SnapshotRetentionLimit"]) == ("valkey", "8", 1)
    assert cache["CacheUsageLimits"] == {
        "DataStorage": {"Maximum": 2, "Unit": "GB"},
        "ECPUPerSecond": {"Maximum": 3000},
    }
    assert "KmsKeyId" not in cache
    assert len(cache["SubnetIds"]) == 2
    host, port = stack.resolve(endpoint)["Fn::Join"][1]
    assert (host["Fn::GetAtt"][1], port["Fn::GetAtt"][1]) == ("Endpoint.Address", "Endpoint.Port")


def test_only_its_clients_reach_it_and_it_reaches_nobody(add, template):
    add()

    (inward,) = template("AWS::EC2::SecurityGroupIngress")
    (outward,) = template("AWS::EC2::SecurityGroupEgress")
    assert (inward["FromPort"], inward["ToPort"], outward["ToPort"]) == (6379, 6379, 6379)
    assert "Clients" in str(inward["SourceSecurityGroupId"])
    assert "Clients" in str(outward["GroupId"])
    (group,) = (item for item in template("AWS::EC2::SecurityGroup") if item["GroupDescription"] == "A cache")
    assert [rule["CidrIp"] for rule in group["SecurityGroupEgress"]] == ["255.255.255.255/32"]


def test_what_cannot_change_makes_another_name(add, template):
    def names():
        return {cache["ServerlessCacheName"] for cache in template("AWS::ElastiCache::ServerlessCache")}

    add("Plain")
    add("Same")
    add("Keyed", key_arn=KEY)
    add("Elsewhere", subnets=add.vpc.public_subnets)

    assert len(names()) == 3
    assert all(name.startswith("a-cache-") and len(name) == len("a-cache-") + 6 for name in names())


def test_a_replaced_network_makes_another_name_though_its_parameters_are_the_same(add, stack, template):
    def standing(number, cidr, zones):
        """Return a VPC and subnets as a stack sees them that reads their ids from parameters."""
        scope = Construct(stack, f"Network{number}")
        vpc = ec2.Vpc.from_vpc_attributes(scope, "Vpc", vpc_id="vpc-1", vpc_cidr_block=cidr, availability_zones=zones)
        subnets = [
            ec2.Subnet.from_subnet_attributes(scope, zone[-1], subnet_id=f"subnet-{n}", availability_zone=zone)
            for n, zone in enumerate(zones)
        ]
        return {"vpc": vpc, "subnets": subnets}

    networks = [
        ("10.0.0.0/16", ["us-east-1a", "us-east-1b"]),
        ("10.1.0.0/16", ["us-east-1a", "us-east-1b"]),
        ("10.0.0.0/16", ["us-east-1a", "us-east-1c"]),
    ]
    for number, (cidr, zones) in enumerate([*networks, networks[0]]):
        add(f"Valkey{number}", **standing(number, cidr, zones))

    names = [cache["ServerlessCacheName"] for cache in template("AWS::ElastiCache::ServerlessCache")]
    assert len(set(names)) == 3
