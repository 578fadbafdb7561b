"""Load balancers at work: what really answers is healthy, and gets the connections."""

from __future__ import annotations

import http.server
import threading

import pytest

from tests.emulated.conftest import eventually
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


@pytest.fixture
def web_server():
    """A server on loopback whose `answer` is the status of each of its answers."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(self.server.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.answer = 200
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def by_address(**check) -> dict:
    """Return the resources with a target group of IP addresses that is checked quickly."""
    group = {**RESOURCES["Group"]["Properties"], "TargetType": "ip", "HealthCheckIntervalSeconds": 1, **check}
    return {**RESOURCES, "Group": {**RESOURCES["Group"], "Properties": group}}


def health(client, group: str) -> list[tuple[str, str | None]]:
    """Return states and reasons of all targets."""
    described = client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [(each["TargetHealth"]["State"], each["TargetHealth"].get("Reason")) for each in described]


@pytest.mark.behaviour(
    "Elastic Load Balancing", "a target is healthy while it answers its checks, and only then", aws=False
)
def test_health_is_what_the_target_answers(stack, client, web_server):
    check = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", "HealthyThresholdCount": 2}
    group = stack.put(by_address(UnhealthyThresholdCount=2, **check), OUTPUTS)["Group"]
    target = {"Id": "127.0.0.1", "Port": web_server.server_port}

    client("elbv2").register_targets(TargetGroupArn=group, Targets=[target])
    eventually(lambda: health(client, group) == [("healthy", None)], "the target being healthy")
    web_server.answer = 503
    mismatch = ("unhealthy", "Target.ResponseCodeMismatch")
    eventually(lambda: health(client, group) == [mismatch], "the target being unhealthy")
    web_server.answer = 200
    eventually(lambda: health(client, group) == [("healthy", None)], "the target being healthy again")


@pytest.mark.behaviour("Elastic Load Balancing", "a change of a target group's check counts for its targets", aws=False)
def test_changed_check_counts(stack, client, web_server):
    check = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", "HealthyThresholdCount": 2}
    group = stack.put(by_address(UnhealthyThresholdCount=2, **check), OUTPUTS)["Group"]
    client("elbv2").register_targets(
        TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": web_server.server_port}]
    )
    eventually(lambda: health(client, group) == [("healthy", None)], "the target being healthy")

    stack.put(by_address(UnhealthyThresholdCount=2, Matcher={"HttpCode": "204"}, **check), OUTPUTS)

    eventually(lambda: health(client, group)[0][0] == "unhealthy", "the target being unhealthy")
