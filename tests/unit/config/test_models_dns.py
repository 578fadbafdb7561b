"""The rules about names in the zone, and about how Route 53 chooses among regions."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from config.models import Configuration
from config.models.dns import KNOWN_CHECKERS, full_name, function_label
from contract.components import Function

TWO_REGIONS = {
    "regions": ["us-east-1", "eu-west-1"],
    "network": {"zones": ["us-east-1a", "us-east-1b", "eu-west-1a", "eu-west-1b"]},
    "regional": {"eu-west-1": {"network": {"cidr": "10.78.0.0/16"}}},
    "dns": {"visibility": "public", "zone_name": "example.org"},
}
ELSEWHERE = {"regions": ["sa-west-1"], "network": {"zones": ["sa-west-1a", "sa-west-1b"]}}
ON_INTERNET = {"fleet": {"scheme": "internet-facing"}, "records": {"health": {"kind": "endpoint"}}}


def make(**values):
    return Configuration(**{"environment": "development", **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"dns": {"existing_zone_id": "zone"}}, "the id of a hosted zone"),
        ({"records": {"subdomains": []}}, "subdomains"),
        ({"records": {"subdomains": ["Proxy"]}}, "a host's name in lower case"),
        (
            {"records": {"subdomains": ["proxy.example.org"]}},
            "proxy.example.org: not inside dns.zone_name slipway.internal",
        ),
        ({"records": {"subdomains": ["notslipway.internal"]}}, "not inside dns.zone_name"),
        ({"records": {"subdomains": ["proxy", "proxy"]}}, "proxy is there twice; name it once"),
        ({"records": {"subdomains": ["proxy", "proxy.slipway.internal"]}}, "proxy.slipway.internal is there twice"),
        (
            {"records": {"subdomains": ["cache-service.us-east-1.slipway.internal"], "function_names": True}},
            "cache-service.us-east-1.slipway.internal is there twice",
        ),
        (
            {"records": {"subdomains": ["p" * 40]}, "dns": {"zone_name": ".".join(["z" * 60] * 4)[:240] + ".org"}},
            "has 285 characters, and a name has at most 253",
        ),
        ({"records": {"ttl_seconds": 0}}, "ttl_seconds"),
        ({"records": {"routing": "latency"}}, "routing"),
        ({"records": {"weights": {"eu-west-1": 1}}}, "records.weights eu-west-1: not among the regions us-east-1"),
        ({"records": {"weights": {"us-east-1": 256}}}, "weights"),
        ({"records": {"weights": {"us-east-1": 0}}}, "every region has 0"),
        ({"records": {"routing": "simple", "weights": {"us-east-1": 1}}}, "weights mean nothing to it"),
        ({"records": {"primary_region": "us-east-1"}}, "a primary region means nothing to it"),
        (
            {"records": {"routing": "failover", "primary_region": "eu-west-1"}},
            "records.primary_region eu-west-1: not among the regions",
        ),
        ({"records": {"routing": "failover"}}, "one primary and one secondary.*there are 1"),
        (TWO_REGIONS | {"records": {"routing": "simple"}}, "routing simple: leads to one load balancer"),
        (TWO_REGIONS | {"dns": {}}, "visibility private: a new private zone answers the VPC of one region"),
        ({"records": {"health": {"kind": "endpoint"}}}, "an internal load balancer has no address"),
        (
            ON_INTERNET | {"proxy": {"allowed_client_networks": ["203.0.113.0/24", "2001:db8::/32"]}},
            "checkers, such as 54.183.255.128/26, are not among proxy.allowed_client_networks",
        ),
        ({"records": {"health": {"interval_seconds": 20}}}, "interval_seconds"),
        (ELSEWHERE, "visibility private: Route 53 has no private zones for VPCs in sa-west-1; make it public"),
        (
            ELSEWHERE | {"records": {"health": {"kind": "alarm"}}},
            "health.kind alarm: Route 53 watches no alarms in sa-west-1; choose targets",
        ),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError) as caught:
        make(**values)

    assert re.search(words, str(caught.value), re.DOTALL), str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"records": {"subdomains": ["proxy", "a.b.slipway.internal", "slipway.internal"]}},
        {"records": {"routing": "simple"}},
        {"records": {"routing": "weighted", "weights": {"us-east-1": 1}}},
        TWO_REGIONS | {"records": {"weights": {"us-east-1": 0}}},
        TWO_REGIONS | {"records": {"routing": "failover", "primary_region": "eu-west-1"}},
        TWO_REGIONS | {"dns": {"existing_zone_id": "Z0123456789ABC"}},
        ON_INTERNET | {"proxy": {"allowed_client_networks": ["203.0.113.0/24", *KNOWN_CHECKERS]}},
        ON_INTERNET | {"proxy": {"allowed_client_networks": ["0.0.0.0/0"], "authentication": {"required": True}}},
        ON_INTERNET | {"proxy": {"authentication": {"required": True}}},
        ELSEWHERE | {"dns": {"visibility": "public", "zone_name": "example.org"}},
        {"records": {"health": {"kind": "alarm"}}},
    ],
)
def test_what_is_fine(values):
    assert make(**values)


def test_names_in_full():
    assert full_name("proxy", "example.org") == "proxy.example.org"
    assert full_name("a.example.org", "example.org") == "a.example.org"
    assert function_label(Function.HTML_SERVICE, "eu-west-1") == "html-service.eu-west-1"


def test_a_region_without_a_weight_of_its_own_has_a_hundred():
    records = make(**TWO_REGIONS, records={"weights": {"eu-west-1": 7}}).records

    assert [records.weight(region) for region in ("us-east-1", "eu-west-1")] == [100, 7]
