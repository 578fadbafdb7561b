"""Load balancers at work: what really answers is healthy, and gets the connections."""

from __future__ import annotations

import contextlib
import http.server
import socket
import socketserver
import threading
import time

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
            "Scheme": "internal",
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


@pytest.fixture
def quick_checks(emulator):
    """Have health checks hurry for the time of a test."""
    emulator.control("health-checks", times=20)
    yield
    emulator.control("health-checks", times=1)


def by_address(**check) -> dict:
    """Return the resources with a target group of IP addresses that is checked as often as AWS does it."""
    group = {**RESOURCES["Group"]["Properties"], "TargetType": "ip", "HealthCheckIntervalSeconds": 5, **check}
    return {**RESOURCES, "Group": {**RESOURCES["Group"], "Properties": group}}


def health(client, group: str) -> list[tuple[str, str | None]]:
    """Return states and reasons of all targets."""
    described = client("elbv2").describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [(each["TargetHealth"]["State"], each["TargetHealth"].get("Reason")) for each in described]


@pytest.mark.behaviour(
    "Elastic Load Balancing", "a target is healthy while it answers its checks, and only then", aws=False
)
def test_health_is_what_the_target_answers(quick_checks, stack, client, web_server):
    check = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", "HealthyThresholdCount": 2}
    group = stack.put(by_address(UnhealthyThresholdCount=2, **check), OUTPUTS)["Group"]
    target = {"Id": "127.0.0.1", "Port": web_server.server_port}

    client("elbv2").register_targets(TargetGroupArn=group, Targets=[target])
    eventually(lambda: health(client, group) == [("healthy", None)], "the target being healthy")
    web_server.answer = 503
    failed = ("unhealthy", "Target.FailedHealthChecks")
    eventually(lambda: health(client, group) == [failed], "the target being unhealthy")
    web_server.answer = 200
    eventually(lambda: health(client, group) == [("healthy", None)], "the target being healthy again")


@pytest.mark.behaviour("Elastic Load Balancing", "a change of a target group's check counts for its targets", aws=False)
def test_changed_check_counts(quick_checks, stack, client, web_server):
    check = {"HealthCheckProtocol": "HTTP", "HealthCheckPath": "/", "HealthyThresholdCount": 2}
    group = stack.put(by_address(UnhealthyThresholdCount=2, **check), OUTPUTS)["Group"]
    client("elbv2").register_targets(
        TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": web_server.server_port}]
    )
    eventually(lambda: health(client, group) == [("healthy", None)], "the target being healthy")

    stack.put(by_address(UnhealthyThresholdCount=2, Matcher={"HttpCode": "204"}, **check), OUTPUTS)

    eventually(lambda: health(client, group)[0][0] == "unhealthy", "the target being unhealthy")


class Names:
    """A TCP server on loopback that sends a name to whoever connects, then waits for the end."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self):
        name = self.name

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.sendall(f"{name}\n".encode())
                with contextlib.suppress(OSError):
                    self.request.recv(1)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self.stop()

    @property
    def target(self):
        return {"Id": "127.0.0.1", "Port": self._server.server_address[1]}

    def stop(self):
        """Take no more connections; those that there are go on."""
        self._server.shutdown()
        self._server.socket.close()
        self._thread.join()


@pytest.fixture
def servers():
    with Names("a") as a, Names("b") as b:
        yield a, b


@pytest.fixture
def connect(emulator):
    """Return a function that connects to a load balancer, and gives the name of the target and the connection."""
    with contextlib.ExitStack() as stack:

        def do(name: str) -> tuple[str, socket.socket]:
            found = eventually(lambda: standing(emulator, name), "the load balancer listening")
            port = found["Listeners"][0]["LocalPort"]
            connection = stack.enter_context(socket.create_connection((found["Address"], port), timeout=60))
            with connection.makefile() as stream:
                return stream.readline().strip(), connection

        yield do


def standing(emulator, name: str) -> dict | None:
    """Return the load balancer of a DNS name once all its listeners are open."""
    shown = emulator.control("load-balancers")["LoadBalancers"]
    found = [each for each in shown if each["DNSName"] == name]
    is_open = found and found[0]["Listeners"] and all(each["LocalPort"] for each in found[0]["Listeners"])
    return found[0] if is_open else None


def put_with(stack, client, *servers: Names, attributes: tuple = (), **check) -> dict[str, str]:
    """Deploy a load balancer in front of servers and wait until they are healthy."""
    resources = by_address(HealthyThresholdCount=2, UnhealthyThresholdCount=2, **check)
    resources["Group"]["Properties"]["TargetGroupAttributes"] = [
        {"Key": key, "Value": value} for key, value in attributes
    ]
    outputs = stack.put(resources, OUTPUTS)
    client("elbv2").register_targets(TargetGroupArn=outputs["Group"], Targets=[server.target for server in servers])
    wanted = [("healthy", None)] * len(servers)
    eventually(lambda: health(client, outputs["Group"]) == wanted, "all targets being healthy")
    return outputs


@pytest.mark.behaviour("Network Load Balancer", "a TCP listener forwards connections to the healthy targets", aws=False)
def test_connections_go_to_the_healthy_targets_and_fail_over(quick_checks, stack, client, connect, servers):
    outputs = put_with(stack, client, *servers)

    assert {connect(outputs["Name"])[0] for _ in range(4)} == {"a", "b"}
    servers[0].stop()
    unhealthy = ("unhealthy", "Target.FailedHealthChecks")
    eventually(lambda: unhealthy in health(client, outputs["Group"]), "the target being unhealthy")
    assert {connect(outputs["Name"])[0] for _ in range(4)} == {"b"}


@pytest.mark.behaviour(
    "Network Load Balancer", "a deregistered target drains: it keeps its connections and gets no new ones", aws=False
)
def test_target_drains(stack, client, connect, servers):
    outputs = put_with(stack, client, *servers)
    connections = dict(connect(outputs["Name"]) for _ in range(2))

    client("elbv2").deregister_targets(TargetGroupArn=outputs["Group"], Targets=[servers[0].target])

    draining = ("draining", "Target.DeregistrationInProgress")
    assert draining in health(client, outputs["Group"])
    eventually(lambda: {connect(outputs["Name"])[0] for _ in range(2)} == {"b"}, "no new connections for the target")
    assert_is_open(connections["a"])
    connections["a"].close()
    eventually(lambda: draining not in health(client, outputs["Group"]), "the end of the draining")


def assert_is_open(connection: socket.socket) -> None:
    connection.setblocking(False)
    with pytest.raises(BlockingIOError):
        connection.recv(1)


@pytest.mark.behaviour(
    "Network Load Balancer",
    "connections that outlast the deregistration delay are reset if the group says so",
    aws=False,
)
def test_connections_end_with_the_delay(stack, client, connect, servers):
    attributes = (
        ("deregistration_delay.timeout_seconds", "1"),
        ("deregistration_delay.connection_termination.enabled", "true"),
    )
    outputs = put_with(stack, client, servers[0], attributes=attributes)
    _name, connection = connect(outputs["Name"])

    client("elbv2").deregister_targets(TargetGroupArn=outputs["Group"], Targets=[servers[0].target])

    with pytest.raises(ConnectionResetError):
        connection.recv(1)
    assert health(client, outputs["Group"]) == []


@pytest.mark.behaviour("Network Load Balancer", "without a target, a connection is reset", aws=False)
def test_connection_without_target_is_reset(stack, client, connect):
    outputs = stack.put(by_address(), OUTPUTS)

    with pytest.raises(ConnectionResetError):
        connect(outputs["Name"])


@pytest.mark.behaviour("Network Load Balancer", "its listeners are gone when it is deleted", aws=False)
def test_deleted_load_balancer_listens_no_more(stack, emulator, servers, client, connect):
    outputs = put_with(stack, client, servers[0])
    _name, connection = connect(outputs["Name"])
    place = connection.getpeername()

    stack.delete()

    def is_refused() -> bool:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(place, timeout=5):
            return False
        return True

    eventually(is_refused, "the listener being gone")


@pytest.mark.difference(
    "Network Load Balancer",
    aws="a deregistered target is shown as draining until the deregistration delay is over, connections or not",
    here="it is gone as soon as it has no connections, so that a deployment need not wait",
)
def test_target_without_connections_drains_at_once(stack, client, servers):
    outputs = put_with(stack, client, servers[0])

    client("elbv2").deregister_targets(TargetGroupArn=outputs["Group"], Targets=[servers[0].target])

    eventually(lambda: health(client, outputs["Group"]) == [], "the target being gone")


@pytest.mark.difference(
    "Network Load Balancer",
    aws="the first checks of a target are as far apart as all others",
    here="they follow one another at once until the target is healthy for the first time",
)
def test_first_checks_follow_at_once(stack, client, servers):
    began = time.monotonic()

    put_with(stack, client, servers[0], HealthCheckIntervalSeconds=300)

    assert time.monotonic() - began < 150


@pytest.mark.difference(
    "Network Load Balancer",
    aws="a client's connection is refused or reset by a target that does not listen",
    here="it is accepted, then reset: the load balancer ends it itself and makes another one to the target",
)
def test_connection_is_accepted_before_the_target_refuses(stack, client, connect, servers):
    outputs = put_with(stack, client, servers[0])
    servers[0].stop()

    with pytest.raises(ConnectionResetError):
        connect(outputs["Name"])


@pytest.mark.difference(
    "Elastic Load Balancing",
    aws="an IP address as target is one of the VPC or of a private network",
    here="it is one of loopback; any other fails its checks, since the emulator connects to no other machine",
)
def test_address_that_is_not_on_loopback_fails_its_checks(quick_checks, stack, client):
    group = stack.put(by_address(UnhealthyThresholdCount=2, HealthCheckTimeoutSeconds=2), OUTPUTS)["Group"]

    client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": "10.9.1.10"}])

    eventually(lambda: health(client, group)[0][0] == "unhealthy", "the target being unhealthy")
