"""Accepted findings are written where the rule packs read them, spelled the way that they spell them."""

from __future__ import annotations

import pytest
from aws_cdk import Aws, Fn, Validations
from aws_cdk import aws_s3 as s3

from constructs_lib.policy.findings import acknowledge, acknowledge_wildcards, flatten


def rules(construct):
    key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return {
        rule: reason for entry in construct.node.metadata if entry.type == key for rule, reason in entry.data.items()
    }


def test_a_finding_with_an_arn_can_be_accepted(stack):
    acknowledge(stack, "AwsSolutions-IAM5[Resource::arn:aws:s3:::b/*]", reason="because")

    assert rules(stack) == {"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:s3:::b/*]": "because"}


def test_one_decision_answers_the_rules_of_several_packs(stack):
    acknowledge(stack, "NIST.800.53.R5-LambdaDLQ", "HIPAA.Security-LambdaDLQ", "Annotation::x:y", reason="because")

    assert rules(stack) == {
        "NIST.800.53.R5::NIST.800.53.R5-LambdaDLQ": "because",
        "HIPAA.Security::HIPAA.Security-LambdaDLQ": "because",
        "Annotation::x:y": "because",
    }


def test_of_several_resources_those_with_a_wildcard_are_accepted(stack):
    bucket = s3.Bucket(stack, "Pages")
    acknowledge_wildcards(
        bucket,
        ["arn:aws:s3:::plain", bucket.arn_for_objects("*"), f"arn:{Aws.PARTITION}:s3:::x/*"],
        reason="pages have many names",
    )

    name = stack.get_logical_id(bucket.node.default_child)
    assert set(rules(bucket)) == {
        f"AwsSolutions::AwsSolutions-IAM5[Resource::<{name}.Arn>/*]",
        "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::x/*]",
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ({"Ref": "Bucket"}, "<Bucket>"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "<Bucket.Arn>"),
        ({"Fn::Join": ["", ["a:", {"Ref": "B"}, "/*"]]}, "a:<B>/*"),
        ({"Fn::ImportValue": "stack:Export"}, "stack:Export"),
    ],
)
def test_how_a_reference_is_spelled(value, expected):
    assert flatten(value) == expected


def test_an_unknown_reference_is_refused_and_not_guessed(stack):
    with pytest.raises(ValueError, match="flatten"):
        flatten(stack.resolve(Fn.select(0, Fn.get_azs())))
