"""Names of the hosted zones, asked over real sockets."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from dnslib import EDNS0, QTYPE, RCODE, DNSRecord

from emulator.launcher import Emulator, describe
from emulator.paths import StatePaths
from tests.emulated.conftest import eventually
from tests.emulated.test_persistence import client_of, own
from tests.emulated.test_zones import ZONE_ID, change, record_of, zone_of

__all__ = ["own"]


def ask(emulator: Emulator, name: str, kind: str = "A", *, tcp: bool = False, edns: int = 0) -> DNSRecord:
    assert emulator.resolver
    host, _, port = emulator.resolver.partition(":")
    question = DNSRecord.question(name, kind)
    if edns:
        question.add_ar(EDNS0(udp_len=edns))
    found = DNSRecord.parse(question.send(host, int(port), tcp=tcp, timeout=5))
    assert found.header.id == question.header.id
    return found


def values(found: DNSRecord) -> list[tuple[str, str]]:
    return [(QTYPE[each.rtype], each.rdata.toZone()) for each in found.rr]


@pytest.mark.behaviour("Route 53", "name servers answer each type of record, in any spelling of the name", aws=False)
def test_records_are_answered(stack, emulator):
    domain = f"{stack.name}.slipway.test"
    kinds = {
        "A": "127.0.0.5", "AAAA": "::1", "MX": "10 mail.example.net.", "SRV": "1 10 5269 host.example.net.",
        "TXT": '"one; two" "three"', "CAA": '0 issue "ca.example.net"',
    }  # fmt: skip
    stack.put(
        {
            "Zone": zone_of(stack),
            **{f"Record{kind}": record_of(stack, "www", kind, value) for kind, value in kinds.items()},
            "Name": record_of(stack, "other", "CNAME", f"www.{domain}"),
            "Wildcard": record_of(stack, "*.apps", "A", "127.0.0.6"),
        }
    )

    for kind, value in kinds.items():
        assert values(ask(emulator, f"WWW.{domain.upper()}", kind)) == [(kind, value)]
    assert values(ask(emulator, f"other.{domain}")) == [("CNAME", f"www.{domain}."), ("A", "127.0.0.5")]
    assert values(ask(emulator, f"any.apps.{domain}")) == [("A", "127.0.0.6")]
    assert [kind for kind, _ in values(ask(emulator, domain, "NS"))] == ["NS"] * 4
    assert [kind for kind, _ in values(ask(emulator, domain, "SOA"))] == ["SOA"]


@pytest.mark.behaviour(
    "Route 53", "a missing name is NXDOMAIN, a missing type is not, and both say so with SOA", aws=False
)
def test_what_is_not_there(stack, emulator):
    stack.put({"Zone": zone_of(stack), "Record": record_of(stack)})

    missing = ask(emulator, f"none.{stack.name}.slipway.test")
    other = ask(emulator, f"www.{stack.name}.slipway.test", "AAAA")
    foreign = ask(emulator, "example.com")

    assert (missing.header.rcode, [QTYPE[each.rtype] for each in missing.auth]) == (RCODE.NXDOMAIN, ["SOA"])
    assert (other.header.rcode, [QTYPE[each.rtype] for each in other.auth]) == (RCODE.NOERROR, ["SOA"])
    assert (foreign.header.rcode, foreign.rr) == (RCODE.REFUSED, [])


@pytest.mark.behaviour("Route 53", "an answer too large for a datagram is truncated, and whole over TCP", aws=False)
def test_a_large_answer_comes_over_tcp(stack, emulator):
    long = [f'"{number:0100d}"' for number in range(12)]
    stack.put({"Zone": zone_of(stack), "Record": record_of(stack, "long", "TXT", *long)})
    name = f"long.{stack.name}.slipway.test"

    for edns in (0, 4096):
        truncated = ask(emulator, name, "TXT", edns=edns)
        assert (truncated.header.tc, truncated.rr) == (1, [])
    assert sorted(value for _, value in values(ask(emulator, name, "TXT", tcp=True))) == long


def connected(address: str, port: int) -> socket.socket | None:
    try:
        return socket.create_connection((address, port), 1)
    except OSError:
        return None


def balanced(stack, target: str, port: int) -> dict[str, Any]:
    """A load balancer with one target, and a zone for its name."""
    checks = {"HealthCheckProtocol": "TCP", "HealthCheckIntervalSeconds": 5, "HealthyThresholdCount": 2}
    return {
        "Network": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.78.0.0/16"}},
        "Subnet": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Network"}, "CidrBlock": "10.78.1.0/24"},
        },
        "Targets": {
            "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
            "Properties": {
                "Protocol": "TCP", "Port": port, "VpcId": {"Ref": "Network"}, "TargetType": "ip", **checks,
                "Targets": [{"Id": target, "Port": port}],
            },
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Type": "network", "Scheme": "internal", "Subnets": [{"Ref": "Subnet"}]},
        },
        "Listener": {
            "Type": "AWS::ElasticLoadBalancingV2::Listener",
            "Properties": {
                "LoadBalancerArn": {"Ref": "Balancer"}, "Port": port, "Protocol": "TCP",
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
            },
        },
        "Zone": zone_of(stack),
    }  # fmt: skip


def alias_of_balancer(stack, label: str, **more: Any) -> dict[str, Any]:
    target = {
        "HostedZoneId": {"Fn::GetAtt": ["Balancer", "CanonicalHostedZoneID"]},
        "DNSName": {"Fn::Join": ["", ["dualstack.", {"Fn::GetAtt": ["Balancer", "DNSName"]}]]},
        "EvaluateTargetHealth": True,
    }
    return record_of(stack, label, AliasTarget=target, **more)


@pytest.mark.behaviour("Route 53", "an alias of a load balancer answers with an address where it listens", aws=False)
def test_an_alias_of_a_load_balancer(stack, emulator):
    resources = {**balanced(stack, "127.0.0.99", 8099), "Alias": alias_of_balancer(stack, "proxy")}
    name = stack.put(resources, {"Name": {"Fn::GetAtt": ["Balancer", "DNSName"]}})["Name"]

    found = eventually(lambda: values(ask(emulator, f"proxy.{stack.name}.slipway.test")), "an address")

    assert [kind for kind, _ in found] == ["A"]
    with eventually(lambda: connected(found[0][1], 8099), "a connection"):
        assert values(ask(emulator, name)) == found


@pytest.mark.behaviour("Route 53", "EvaluateTargetHealth: an alias counts as healthy while targets are", aws=False)
def test_failover_by_the_health_of_targets(stack, emulator):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        routing = {
            "First": alias_of_balancer(stack, "www", SetIdentifier="1", Failover="PRIMARY"),
            "Second": record_of(stack, "www", "A", "127.0.0.2", SetIdentifier="2", Failover="SECONDARY"),
        }
        stack.put({**balanced(stack, "127.0.0.1", server.getsockname()[1]), **routing})

        def found() -> list[tuple[str, str]]:
            return values(ask(emulator, f"www.{stack.name}.slipway.test"))

        assert found() == [("A", "127.0.0.2")]
        server.listen()
        eventually(lambda: found() not in ([], [("A", "127.0.0.2")]), "the load balancer's address", 30)


@pytest.mark.difference("Route 53", aws="an alias may lead to CloudFront or S3", here="such a name fails: SERVFAIL")
def test_an_alias_of_what_is_not_emulated(stack, emulator):
    target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d111111abcdef8.cloudfront.net"}
    stack.put({"Zone": zone_of(stack), "Alias": record_of(stack, "cdn", AliasTarget=target)})

    assert ask(emulator, f"cdn.{stack.name}.slipway.test").header.rcode == RCODE.SERVFAIL


@pytest.mark.difference(
    "Route 53", aws="records are chosen by latency, geography or network too", here="such a name fails: SERVFAIL"
)
def test_routing_by_place(stack, emulator):
    near = record_of(stack, "near", SetIdentifier="1", Region="us-east-1")
    stack.put({"Zone": zone_of(stack), "Record": near})

    assert ask(emulator, f"near.{stack.name}.slipway.test").header.rcode == RCODE.SERVFAIL


@pytest.mark.difference(
    "Route 53",
    aws="private zones answer in their VPCs only, and each zone at its four name servers",
    here="one resolver on loopback answers for all zones, a private one first",
)
def test_private_zones_answer_too(stack, emulator):
    vpcs = [{"VPCId": {"Ref": "Network"}, "VPCRegion": {"Ref": "AWS::Region"}}]
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.79.0.0/16"}}
    public = {**record_of(stack, "www", "A", "127.0.0.2")}
    public["Properties"] = {**public["Properties"], "HostedZoneId": {"Ref": "Public"}}
    stack.put(
        {
            "Network": network, "Zone": zone_of(stack, VPCs=vpcs), "Record": record_of(stack, "www", "A", "127.0.0.1"),
            "Public": zone_of(stack), "PublicRecord": public,
        }
    )  # fmt: skip

    assert values(ask(emulator, f"www.{stack.name}.slipway.test")) == [("A", "127.0.0.1")]


@pytest.mark.behaviour("Route 53", "TestDNSAnswer tells what a public zone answers")
def test_the_api_tells_what_a_zone_answers(stack, client):
    zone_id = stack.put({"Zone": zone_of(stack), "Record": record_of(stack, "www", "A", "127.0.0.5")}, ZONE_ID)["Zone"]
    name = f"www.{stack.name}.slipway.test"
    test = client("route53").test_dns_answer

    told = test(HostedZoneId=zone_id, RecordName=name, RecordType="A")

    assert (told["RecordData"], told["ResponseCode"], told["Protocol"]) == (["127.0.0.5"], "NOERROR", "UDP")
    missing = test(HostedZoneId=zone_id, RecordName=f"none.{name}", RecordType="A")
    assert (missing["RecordData"], missing["ResponseCode"]) == ([], "NXDOMAIN")


def test_a_change_is_answered_at_once(stack, client, emulator):
    zone_id = stack.put({"Zone": zone_of(stack)}, ZONE_ID)["Zone"]
    name = f"new.{stack.name}.slipway.test"
    assert ask(emulator, name).header.rcode == RCODE.NXDOMAIN

    change(client, zone_id, "CREATE", name, "A", "127.0.0.8")

    assert values(ask(emulator, name)) == [("A", "127.0.0.8")]
    change(client, zone_id, "DELETE", name, "A", "127.0.0.8")
    assert ask(emulator, name).header.rcode == RCODE.NXDOMAIN


def test_the_resolver_is_at_the_same_address_after_a_restart(own):
    address = own.resolver
    route53 = client_of(own, "route53")
    zone_id = route53.create_hosted_zone(Name="kept.slipway.test", CallerReference="1")["HostedZone"]["Id"]
    client: Any = lambda _service: route53  # noqa: E731
    change(client, zone_id, "CREATE", "www.kept.slipway.test", "A", "127.0.0.5")

    own.stop()
    own.start()

    assert describe(own)["resolver"] == own.resolver == address
    assert values(ask(own, "www.kept.slipway.test")) == [("A", "127.0.0.5")]


def test_a_port_that_another_program_took_is_replaced(own):
    own.stop()
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = other.getsockname()[1]
        StatePaths(own.state).resolver_port.write_text(f"{taken}\n")
        own.start()

        assert own.resolver != f"127.0.0.1:{taken}"
        assert ask(own, "example.com").header.rcode == RCODE.REFUSED
    assert "is taken" in own.log.read_text()


def test_functions_of_the_emulator_itself_find_names_of_the_zones(stack, client, emulator):
    """A topic's HTTP subscription is delivered by the emulator's own process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]
        outputs = stack.put(
            {
                "Zone": zone_of(stack),
                "Record": record_of(stack, "hook", "A", "127.0.0.1"),
                "Topic": {"Type": "AWS::SNS::Topic"},
            },
            {"Topic": {"Ref": "Topic"}},
        )
        name = f"hook.{stack.name}.slipway.test"
        client("sns").subscribe(TopicArn=outputs["Topic"], Protocol="http", Endpoint=f"http://{name}:{port}/")

        connection, _ = server.accept()
        with connection:
            connection.settimeout(60)
            assert f"host: {name}".encode() in connection.recv(65536).lower()


def test_status_says_where_to_ask(emulator):
    told = eventually(lambda: describe(emulator)["resolver"], "the resolver's address")

    assert json.loads(json.dumps(told)) == emulator.resolver
