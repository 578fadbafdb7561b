"""Serverless caches: their template, their API, and the server that stands behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulated.test_drift import Drift
from tests.emulated.test_functions import ROLE, function

ASKING = """
import json, os, socket, ssl
def handler(event, context):
    host, port = os.environ["CACHE"].split(":")
    with socket.create_connection((host, int(port)), 5) as plain:
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as cache:
            cache.sendall(b"INCR calls\\r\\n")
            return cache.recv(100).decode()
"""


def cache(name: str, **properties: Any) -> dict[str, Any]:
    base = {
        "ServerlessCacheName": name,
        "Engine": "valkey",
        "MajorEngineVersion": "8",
        "Description": "pages",
        "CacheUsageLimits": {"DataStorage": {"Maximum": 2, "Unit": "GB"}, "ECPUPerSecond": {"Maximum": 3000}},
        "SecurityGroupIds": [{"Fn::GetAtt": ["Group", "GroupId"]}],
        "SubnetIds": [{"Ref": "Subnet1"}, {"Ref": "Subnet2"}],
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    return {"Type": "AWS::ElastiCache::ServerlessCache", "Properties": base | properties}


def network() -> dict[str, Any]:
    subnets = {
        f"Subnet{number}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": f"10.9.{number}.0/24",
                "AvailabilityZone": f"us-east-1{zone}",
            },
        }
        for number, zone in ((1, "a"), (2, "b"))
    }
    group = {"GroupDescription": "cache", "VpcId": {"Ref": "Vpc"}}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": group},
        **subnets,
    }


OUTPUTS = {
    "Name": {"Ref": "Cache"},
    "Arn": {"Fn::GetAtt": ["Cache", "ARN"]},
    "Endpoint": {"Fn::Sub": "${Cache.Endpoint.Address}:${Cache.Endpoint.Port}"},
}


@pytest.fixture
def described(client):
    """Return a function that returns a cache's description, or None if there is no such cache."""
    elasticache = client("elasticache")

    def describe(name: str) -> dict[str, Any] | None:
        try:
            return elasticache.describe_serverless_caches(ServerlessCacheName=name)["ServerlessCaches"][0]
        except elasticache.exceptions.ServerlessCacheNotFoundFault:
            return None

    return describe


@pytest.fixture
def drift(stack, client):
    return Drift(stack, client("cloudformation"))


@pytest.mark.behaviour("ElastiCache", "a serverless cache is made, changed and deleted as its template says")
def test_life_of_a_cache(stack, client, described):
    name = f"{stack.name}-a"
    outputs = stack.put({**network(), "Cache": cache(name)}, OUTPUTS)

    found = described(name)
    assert outputs["Name"] == name
    assert outputs["Arn"] == found["ARN"]
    assert outputs["Endpoint"] == f"{found['Endpoint']['Address']}:{found['Endpoint']['Port']}"
    assert (found["Status"], found["Engine"], found["MajorEngineVersion"]) == ("available", "valkey", "8")
    assert len(found["SubnetIds"]) == 2
    assert len(found["SecurityGroupIds"]) == 1
    tags = client("elasticache").list_tags_for_resource(ResourceName=found["ARN"])["TagList"]
    assert {"Key": "team", "Value": "a"} in tags

    limits = {"DataStorage": {"Maximum": 5, "Unit": "GB"}, "ECPUPerSecond": {"Maximum": 4000}}
    changed = cache(name, CacheUsageLimits=limits, SnapshotRetentionLimit=3, Tags=[{"Key": "team", "Value": "b"}])
    again = stack.put({**network(), "Cache": changed}, OUTPUTS)

    assert again == outputs
    found = described(name)
    assert (found["CacheUsageLimits"], found["SnapshotRetentionLimit"]) == (limits, 3)
    tags = client("elasticache").list_tags_for_resource(ResourceName=found["ARN"])["TagList"]
    assert {"Key": "team", "Value": "b"} in tags

    stack.put(network())
    assert described(name) is None


@pytest.mark.behaviour("ElastiCache", "another name makes another cache, and the old one goes when that is there")
def test_another_name_replaces_the_cache(stack, described):
    resources = {**network(), "Cache": cache(f"{stack.name}-a")}
    stack.put(resources, OUTPUTS)
    stack.put(resources | {"Cache": cache(f"{stack.name}-b")}, OUTPUTS)

    assert described(f"{stack.name}-a") is None
    assert described(f"{stack.name}-b")["Status"] == "available"


@pytest.mark.behaviour("ElastiCache", "a cache of a name that is taken is refused")
def test_a_taken_name_is_refused(stack, client):
    name = f"{stack.name}-a"
    stack.put({**network(), "Cache": cache(name)})
    elasticache = client("elasticache")

    with pytest.raises(elasticache.exceptions.ServerlessCacheAlreadyExistsFault):
        elasticache.create_serverless_cache(ServerlessCacheName=name, Engine="valkey")


@pytest.mark.behaviour("ElastiCache", "a function reaches its cache over TLS, whose certificate it trusts", aws=False)
def test_a_function_uses_the_cache(stack, client):
    asking = function(Environment={"Variables": {"CACHE": OUTPUTS["Endpoint"]}}, Code={"ZipFile": ASKING})
    resources = {**network(), "Cache": cache(f"{stack.name}-a"), "Role": ROLE, "Function": asking}
    name = stack.put(resources, {"Function": {"Ref": "Function"}})["Function"]
    function_client = client("lambda")

    def ask() -> str:
        return json.loads(function_client.invoke(FunctionName=name)["Payload"].read())

    assert [ask(), ask()] == [":1\r\n", ":2\r\n"]


@pytest.mark.difference(
    "ElastiCache",
    aws="a serverless cache has a name in DNS and port 6379, for clients in its VPC",
    here="it has a port of its own on loopback, for everybody on this machine; security groups do not count",
)
def test_a_cache_has_a_port_of_its_own(stack, described):
    stack.put({**network(), "Cache": cache(f"{stack.name}-a")})

    endpoint = described(f"{stack.name}-a")["Endpoint"]
    assert endpoint["Address"] == "127.0.0.1"
    assert endpoint["Port"] != 6379


@pytest.mark.difference(
    "ElastiCache",
    aws="redis and memcached are engines, too",
    here="a serverless cache with another engine than valkey is refused",
)
def test_other_engines_are_refused(client):
    elasticache = client("elasticache")

    with pytest.raises(elasticache.exceptions.InvalidParameterValueException, match="runs valkey: choose that"):
        elasticache.create_serverless_cache(ServerlessCacheName="other", Engine="redis")


@pytest.mark.behaviour("CloudFormation", "drift of a cache is seen")
def test_drift_of_a_cache(stack, client, drift):
    name = f"{stack.name}-a"
    stack.put({**network(), "Cache": cache(name, SnapshotRetentionLimit=1)})
    assert drift.detect() == "IN_SYNC"

    client("elasticache").modify_serverless_cache(ServerlessCacheName=name, SnapshotRetentionLimit=5)

    assert drift.detect() == "DRIFTED"
    assert drift.differences() == {"Cache": {("/SnapshotRetentionLimit", "NOT_EQUAL")}}
