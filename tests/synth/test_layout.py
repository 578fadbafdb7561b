"""Places that more than one stack knows."""

from __future__ import annotations

from config.naming import Names
from stacks.proxy_platform import layout


def test_the_group_that_the_fleet_makes_is_the_one_that_instances_may_write_to(production):
    name = layout.instance_log_group(Names("slipway", "production", "123456789012", "us-east-1"))

    assert name == "/slipway/production/instances"
    assert production("fleet").only("AWS::Logs::LogGroup")["LogGroupName"] == name
    assert f"log-group:{name}" in str(production("identity").body)
