"""What the rule packs let pass: every accepted finding is listed here, and one that nobody accepted fails synthesis."""

from __future__ import annotations

import json
import re

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from constructs_lib.policy.rules import add_rules
from tests.synth.assemblies import ENVIRONMENTS

ACCEPTED = {
    "AwsSolutions-AS3": {"fleet/Group"},
    "AwsSolutions-IAM4": {"image/BuildRole", "image/LifecycleRole"},
    "AwsSolutions-IAM5": {
        "identity/InstanceRole",
        "identity/HtmlServiceRole",
        "identity/SemanticTextServiceRole",
        "identity/CacheServiceRole",
        "identity/ProxyManagementRole",
        "image/BuildRole",
    },
    "AwsSolutions-L1": {
        "functions/HtmlService/Function",
        "functions/SemanticTextService/Function",
        "functions/CacheService/Function",
        "functions/ProxyManagement/Function",
    },
    "AwsSolutions-SMG4": {"identity/CertificateAuthority"},
    "CloudFormation-Validate::W3010": {"network/Vpc"},
    # The library accepts these two itself, of its own flow log.
    "CloudFormation-Validate::F3002": {"network/Vpc/FlowLog"},
    "CloudFormation-Validate::F3003": {"network/Vpc/FlowLog"},
    "Annotation::@aws-cdk/aws-autoscaling:desiredCapacitySet": {"fleet/Group"},
}
"""Construct paths by rule. Each has its reason where it is accepted; a new one needs a reviewer's eye, here too."""


def accepted(assembly):
    """Yield the path below the environment's stacks, the rule, and the reason, of every accepted finding."""
    for path in assembly.folder.glob("*.metadata.json"):
        for construct, entries in json.loads(path.read_text()).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    for rule, reason in entry["data"].items():
                        place = construct.removeprefix(f"/slipway-{assembly.environment}-")
                        yield place, rule.removeprefix("AwsSolutions::"), reason


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_only_these_findings_are_accepted(environment, assembly):
    found: dict[str, set[str]] = {}
    for construct, rule, _ in accepted(assembly(environment)):
        found.setdefault(re.sub(r"\[.*\]$", "", rule), set()).add(construct)

    assert found == ACCEPTED


def test_each_accepted_finding_has_a_reason(assembly):
    reasons = [reason for _, _, reason in accepted(assembly("production"))]

    assert [reason for reason in reasons if len(reason.split()) < 6] == []


def test_an_accepted_wildcard_is_spelled_out(assembly):
    wildcards = [rule for _, rule, _ in accepted(assembly("production")) if rule.startswith("AwsSolutions-IAM5")]

    assert wildcards
    assert [rule for rule in wildcards if not re.fullmatch(r"AwsSolutions-IAM5\[Resource::.*\*.*\]", rule)] == []


def test_a_finding_that_nobody_accepted_fails_the_synthesis(tmp_path):
    app = App(outdir=str(tmp_path), analytics_reporting=False, builtin_cloud_formation_validation=False)
    s3.Bucket(Stack(app, "Careless"), "Open")
    add_rules(app)

    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()
