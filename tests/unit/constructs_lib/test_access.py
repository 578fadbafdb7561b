"""Roles start with nothing, and each permission is one statement with a name."""

from __future__ import annotations

from aws_cdk import Validations
from constructs import Construct

from constructs_lib.access import ServiceRole


def role_in(stack):
    return ServiceRole(stack, "Role", service="lambda.amazonaws.com", description="A role", role_name="a-role")


def test_a_role_starts_with_nothing(stack, template):
    role_in(stack)

    (role,) = template("AWS::IAM::Role")
    assert role["RoleName"] == "a-role"
    assert role["MaxSessionDuration"] == 3600
    assert role.keys().isdisjoint({"ManagedPolicyArns", "Policies"})
    assert template("AWS::IAM::Policy") == []


def test_a_role_may_ask_more_of_the_service_that_assumes_it(stack, template):
    asked = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    ServiceRole(stack, "Role", service="lambda.amazonaws.com", description="A role", trust_conditions=asked)
    role_in(Construct(stack, "Another"))

    trusts = [role["AssumeRolePolicyDocument"]["Statement"][0] for role in template("AWS::IAM::Role")]
    assert [trust.get("Condition") for trust in trusts] == [asked, None]


def test_a_permission_keeps_its_name_and_condition(stack, template):
    role_in(stack).allow(
        "Read", "s3:GetObject", on=["arn:aws:s3:::b/k"], conditions={"Bool": {"aws:SecureTransport": "true"}}
    )

    (policy,) = template("AWS::IAM::Policy")
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/k",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        }
    ]


def accepted(role):
    key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    return {rule for entry in role.node.metadata if entry.type == key for rule in entry.data}


INLINE = {f"{pack}::{pack}-IAMNoInlinePolicy" for pack in ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321")}


def test_a_wildcard_is_accepted_only_with_a_reason(stack):
    role = role_in(stack)
    role.allow("Careless", "s3:GetObject", on=["arn:aws:s3:::careless/*"])
    role.allow("Careful", "s3:GetObject", on=["arn:aws:s3:::careful/*"], wildcard_reason="many objects")

    assert accepted(role) - INLINE == {"AwsSolutions::AwsSolutions-IAM5[Resource::arn:aws:s3:::careful/*]"}


def test_a_managed_policy_is_accepted_by_its_full_name(stack, template):
    role = role_in(stack)
    role.allow_managed("service-role/Something", reason="AWS says so")

    assert accepted(role) == {
        "AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/Something]"
    }
    assert len(template("AWS::IAM::Role")[0]["ManagedPolicyArns"]) == 1
