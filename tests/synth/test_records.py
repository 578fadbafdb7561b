"""The records stack: the proxy's name leads to the load balancer."""

from __future__ import annotations


def default_of(template, value):
    """Return a value with the names of SSM parameters in place of the references to them."""
    match value:
        case {"Ref": name}:
            return template.body["Parameters"][name]["Default"]
        case {"Fn::Join": ["", parts]}:
            return "".join(default_of(template, part) for part in parts)
    return value


def test_the_proxy_has_a_name(production):
    template = production("records")
    record = template.only("AWS::Route53::RecordSet")

    assert (record["Name"], record["Type"]) == ("proxy.slipway.internal.", "A")
    assert {key: default_of(template, value) for key, value in record["AliasTarget"].items()} == {
        "DNSName": "dualstack./slipway/production/fleet/load-balancer/dns-name",
        "HostedZoneId": "/slipway/production/fleet/load-balancer/zone-id",
    }
    assert template.outputs() == {"ProxyDomainName": "proxy.slipway.internal"}
