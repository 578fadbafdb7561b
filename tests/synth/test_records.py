"""The records stack: the proxy's name leads to the load balancer."""

from __future__ import annotations


def test_the_proxy_has_a_name(production):
    template = production("records")
    record = template.only("AWS::Route53::RecordSet")

    assert (record["Name"], record["Type"]) == ("proxy.slipway.internal.", "A")
    assert record["AliasTarget"].keys() == {"DNSName", "HostedZoneId"}
    assert template.outputs() == {"ProxyDomainName": "proxy.slipway.internal"}
