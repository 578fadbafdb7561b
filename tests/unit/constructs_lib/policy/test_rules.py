"""The rule packs look at everything in the application, and at nothing that they have seen."""

from __future__ import annotations

import json

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from constructs_lib.policy.findings import acknowledge
from constructs_lib.policy.memory import Memory
from constructs_lib.policy.rules import CLOUD_FORMATION, PACKS, add_rules

FINDINGS = ("AwsSolutions-S1", "AwsSolutions-S10")
OTHER_PACKS = tuple(name for name in PACKS if name != "AwsSolutions")


def careless(folder, *accepted, memory=None, without=(*OTHER_PACKS, CLOUD_FORMATION)):
    app = App(
        outdir=str(folder),
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        context={"@aws-cdk/core:validateAgainstDefaultRules": True},
    )
    bucket = s3.Bucket(Stack(app, "Careless"), "Open")
    acknowledge(bucket, *accepted, reason="a test")
    add_rules(app, memory=memory, without=without)
    return app


@pytest.mark.parametrize("accepted", FINDINGS)
def test_each_finding_fails_on_its_own(accepted, tmp_path):
    (other,) = set(FINDINGS) - {accepted}

    with pytest.raises(RuntimeError, match=rf"{other}\b"):
        careless(tmp_path, accepted).synth()


def test_what_is_accepted_passes(tmp_path):
    assert careless(tmp_path, *FINDINGS).synth().stacks


def test_what_is_accepted_stands_in_the_report_with_its_reason_and_place(tmp_path):
    careless(tmp_path, *FINDINGS).synth()

    (report,) = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    accepted = report["suppressedViolations"]
    assert {each["ruleName"] for each in accepted} == set(FINDINGS)
    assert {(each["reason"], each["acknowledgedAt"]) for each in accepted} == {("a test", "Careless/Open")}


@pytest.mark.parametrize("pack", PACKS)
def test_every_rule_pack_finds_something_in_a_careless_bucket(pack, tmp_path):
    with pytest.raises(RuntimeError, match=rf"{pack}::{pack}-"):
        careless(tmp_path, without=(*set(PACKS) - {pack}, CLOUD_FORMATION)).synth()


def test_the_linter_of_cloudformation_finds_what_would_fail_to_deploy(tmp_path):
    app = careless(tmp_path, without=PACKS)
    s3.CfnBucket(Stack(app, "Wrong"), "Misspelt").add_property_override("Bucketname", "pages")

    with pytest.raises(RuntimeError, match=r"Bucketname(.|\n)*Wrong/Misspelt"):
        app.synth()


def test_a_finding_that_is_remembered_fails_again(tmp_path):
    memory = Memory(tmp_path / "memory")

    for run in ("first", "second"):
        with pytest.raises(RuntimeError, match=r"AwsSolutions-S1\b"):
            careless(tmp_path / run, memory=memory).synth()
    assert len(list((tmp_path / "memory").iterdir())) == 1
