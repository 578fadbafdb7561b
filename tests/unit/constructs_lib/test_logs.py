"""Retentions are rounded up to what CloudWatch Logs offers, and logs go with their stack where they should."""

from __future__ import annotations

import pytest
from aws_cdk import aws_logs as logs

from constructs_lib.logs import RETENTIONS, OwnedLogGroup, retention


@pytest.mark.parametrize(
    ("days", "offered"),
    [
        (1, logs.RetentionDays.ONE_DAY),
        (2, logs.RetentionDays.THREE_DAYS),
        (30, logs.RetentionDays.ONE_MONTH),
        (31, logs.RetentionDays.TWO_MONTHS),
        (3650, logs.RetentionDays.TEN_YEARS),
    ],
)
def test_rounding_up(days, offered):
    assert retention(days) is offered


def test_each_retention_is_what_it_says(stack, template):
    for days in RETENTIONS:
        OwnedLogGroup(stack, f"Days{days}", log_group_name=f"/days/{days}", retention_days=days, destroy=True)

    found = {group["LogGroupName"]: group["RetentionInDays"] for group in template("AWS::Logs::LogGroup")}
    assert found == {f"/days/{days}": days for days in RETENTIONS}


@pytest.mark.parametrize(("destroy", "policy"), [(True, "DELETE"), (False, "RETAIN_EXCEPT_ON_CREATE")])
def test_what_becomes_of_it(stack, destroy, policy):
    group = OwnedLogGroup(stack, "Logs", log_group_name="/logs", retention_days=1, destroy=destroy)

    assert group.node.default_child.cfn_options.deletion_policy.name == policy
