"""What things are called: a service may be named as boto3 names it, an operation as the API names it."""

from __future__ import annotations

import pytest

from emulator.faults.client import injected
from emulator.launcher import Emulator


@pytest.mark.parametrize(
    ("service", "called", "action"),
    [
        ("lambda", "lambda", "Invoke"),
        ("cloudwatch", "monitoring", "PutMetricAlarm"),
        ("elbv2", "elasticloadbalancing", "DescribeTargetHealth"),
        ("stepfunctions", "states", "StartExecution"),
        ("apigatewayv2", "apigateway", "CreateApi"),
        ("efs", "elasticfilesystem", "CreateFileSystem"),
        ("resourcegroupstaggingapi", "tagging", "GetResources"),
        ("imagebuilder", "imagebuilder", "CreateImage"),
        ("s3", "s3", "PutObject"),
        ("ec2", "ec2", "Run*"),
        ("service-quotas", "servicequotas", "GetServiceQuota"),
        ("servicequotas", "servicequotas", "GetServiceQuota"),
    ],
)
def test_services_and_operations_are_known_by_their_usual_names(
    emulator: Emulator, service: str, called: str, action: str
) -> None:
    with injected(emulator, "delay", service=service, action=action, seconds=0, times=1) as fault:
        described = fault.describe()

    assert (described["service"], described["action"]) == (called, action)
