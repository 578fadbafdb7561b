"""The rule packs look at everything in the application."""

from __future__ import annotations

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from constructs_lib.policy.findings import acknowledge
from constructs_lib.policy.rules import add_rules

FINDINGS = ("AwsSolutions-S1", "AwsSolutions-S10")


def careless(folder, *accepted):
    app = App(outdir=str(folder), analytics_reporting=False, builtin_cloud_formation_validation=False)
    bucket = s3.Bucket(Stack(app, "Careless"), "Open")
    for rule in accepted:
        acknowledge(bucket, rule, reason="a test")
    add_rules(app)
    return app


@pytest.mark.parametrize("accepted", FINDINGS)
def test_each_finding_fails_on_its_own(accepted, tmp_path):
    (other,) = set(FINDINGS) - {accepted}

    with pytest.raises(RuntimeError, match=rf"{other}\b"):
        careless(tmp_path, accepted).synth()


def test_what_is_accepted_passes(tmp_path):
    assert careless(tmp_path, *FINDINGS).synth().stacks
