"""The network's settings: which ways out go with which network, and what an existing one must name."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from config.models import Configuration, Egress

ZONES = ("us-east-1a", "us-east-1b")
PUBLIC = dict(zip(ZONES, ("subnet-0000000a", "subnet-0000000b"), strict=True))
PRIVATE = dict(zip(ZONES, ("subnet-0000001a", "subnet-0000001b"), strict=True))
EXISTING = {"vpc_id": "vpc-01234567", "cidr": "172.16.0.0/16", "public_subnets": PUBLIC, "private_subnets": PRIVATE}


def make(*, fleet=None, proxy=None, regional=None, **network):
    sections = {"fleet": fleet or {}, "proxy": proxy or {}, "network": network}
    return Configuration(environment="development", **sections, **({"regional": regional} if regional else {}))


def existing(**changed):
    return {**EXISTING, **changed}


@pytest.mark.parametrize(
    ("network", "gateways", "blocks"),
    [
        ({}, 0, "10.77.0.0/16"),
        ({"egress": "nat"}, 1, "10.77.0.0/16"),
        ({"egress": "nat", "nat_gateways": 2}, 2, "10.77.0.0/16"),
        ({"existing": EXISTING}, 0, "172.16.0.0/16"),
        ({"existing": existing(public_subnets={}), "egress": "routed"}, 0, "172.16.0.0/16"),
        ({"existing": existing(private_subnets={})}, 0, "172.16.0.0/16"),
        ({"existing": existing(secondary_cidrs=["100.64.0.0/16"])}, 0, "172.16.0.0/16 100.64.0.0/16"),
    ],
)
def test_networks_that_go_together(network, gateways, blocks):
    settings = make(**network).network

    assert (settings.nat_gateway_count, " ".join(settings.address_blocks)) == (gateways, blocks)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"nat_gateways": 1}, "nat_gateways 1.*egress public.*no private subnets"),
        ({"egress": "nat", "nat_gateways": 3}, "network.nat_gateways 3: there are only 2 zones"),
        ({"egress": "routed"}, "egress routed.*name an existing network.*in region us-east-1"),
        ({"egress": "isolated"}, "'public', 'nat' or 'routed'"),
        ({"existing": EXISTING, "egress": "nat"}, "egress nat.*use routed or public"),
        ({"existing": existing(public_subnets={})}, "egress public.*existing.public_subnets.*names none"),
        ({"existing": existing(private_subnets={}), "egress": "routed"}, "existing.private_subnets.*names none"),
        ({"existing": existing(public_subnets={"us-east-1a": "subnet-0000000a"})}, "one zone is too few"),
        ({"existing": existing(private_subnets=PUBLIC)}, "subnet-0000000a.*named more than once"),
        ({"existing": existing(public_subnets={}, private_subnets={})}, "no subnets"),
        (
            {"existing": EXISTING, "zones": ["us-east-1a", "us-east-1c"]},
            "public_subnets stands in us-east-1a, us-east-1b, and zones are us-east-1a, us-east-1c",
        ),
        ({"existing": existing(vpc_id="vpc-1")}, "vpc_id"),
        ({"existing": existing(cidr="172.16.0.1/16")}, "host bits"),
        ({"existing": existing(cidr="10.0.0.0/8")}, "10.0.0.0/8: the blocks of a VPC are a /16 to /28"),
        ({"existing": existing(secondary_cidrs=["10.0.0.0/29"])}, "10.0.0.0/29: the blocks of a VPC are a /16 to /28"),
        ({"existing": existing(secondary_cidrs=["169.254.8.0/24"])}, "overlaps 169.254.0.0/16"),
        *(
            ({"cidr": block}, "no machine")
            for block in ("0.1.0.0/16", "127.0.0.0/16", "169.254.0.0/16", "239.0.0.0/16")
        ),
        ({"existing": existing(secondary_cidrs=["172.16.0.0/16"])}, "secondary_cidrs 172.16.0.0/16: is cidr already"),
        ({"existing": existing(secondary_cidrs=["172.16.8.0/24"])}, "172.16.0.0/16 holds 172.16.8.0/24"),
        ({"interface_endpoints": ["ssm", "ssm"]}, "ssm is there twice; name it once"),
        ({"interface_endpoints": ["dynamodb"]}, "'ssm'"),
        ({"no_flow_logs_reason": "because"}, "at least 10 characters"),
    ],
)
def test_networks_that_do_not(network, words):
    with pytest.raises(ValidationError) as caught:
        make(**network)

    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)


def test_an_internet_facing_balancer_needs_public_subnets():
    clients = {"allowed_client_networks": ["203.0.113.0/24"]}

    with pytest.raises(ValidationError, match=r"network.existing.public_subnets of region us-east-1 names none"):
        make(
            fleet={"scheme": "internet-facing"},
            proxy=clients,
            existing=existing(public_subnets={}),
            egress="routed",
        )


def test_one_region_may_stand_in_an_existing_network():
    regional = {"us-east-1": {"network": {"existing": existing(public_subnets={}), "egress": "routed"}}}

    network = make(regional=regional).in_region("us-east-1").network

    assert network.existing.vpc_id == "vpc-01234567"
    assert network.egress is Egress.ROUTED
