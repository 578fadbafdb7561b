"""The comment on a change says first what a reviewer must not miss, and never more than fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from ci.differences import COMMENT_LIMIT, Differences, Outcome, comment, read, skipped

# As `cdk diff --method=template --no-color` of the pinned version prints it.
TEXT = """\
Bundling asset slipway-staging-functions/Dependencies/Code/Stage...

Stack slipway-staging-identity (aws://123456789012/us-east-1)
IAM Statement Changes
┌───┬─────────────────────┬────────┬──────────────┬─────────────────────────┬───────────┐
│   │ Resource            │ Effect │ Action       │ Principal               │ Condition │
├───┼─────────────────────┼────────┼──────────────┼─────────────────────────┼───────────┤
│ + │ arn:aws:s3:::pages/* │ Allow  │ s3:PutObject │ AWS:${InstanceRole}     │           │
├───┼─────────────────────┼────────┼──────────────┼─────────────────────────┼───────────┤
│ - │ arn:aws:s3:::pages/* │ Allow  │ s3:GetObject │ AWS:${InstanceRole}     │           │
└───┴─────────────────────┴────────┴──────────────┴─────────────────────────┴───────────┘
(NOTE: There may be security-related changes not in this list. See https://github.com/aws/aws-cdk/issues/1299)

Resources
[~] AWS::IAM::Policy InstanceRole/DefaultPolicy InstanceRoleDefaultPolicy1CC8C50F
 └─ [~] PolicyDocument

Stack slipway-staging-storage (aws://123456789012/us-east-1)
There were no differences

Stack slipway-staging-fleet (aws://123456789012/us-east-1)
Resources
[-] AWS::Lambda::Version HtmlService/Function/CurrentVersion HtmlServiceFunctionCurrentVersionDD27D7E6 destroy
[-] AWS::SNS::Topic Alarms/Topic AlarmsTopic2D3B destroy
[-] AWS::S3::Bucket Cache Cache1234 orphan
[~] AWS::ElasticLoadBalancingV2::LoadBalancer LoadBalancer/Balancer LoadBalancer123 replace
 └─ [~] Scheme (requires replacement)
     ├─ [-] internal
     └─ [+] internet-facing
[~] AWS::EC2::Instance Single Single123 may be replaced
[+] AWS::SSM::Parameter Another Another123


✨  Number of stacks with differences: 2
"""


def test_what_is_lost_and_what_is_widened_is_found():
    found = read("staging", TEXT)

    assert (found.outcome, found.changed) == (
        Outcome.DIFFERENT,
        ("slipway-staging-identity", "slipway-staging-fleet"),
    )
    assert found.losses == (
        ("slipway-staging-fleet", "AWS::SNS::Topic Alarms/Topic", "deleted"),
        ("slipway-staging-fleet", "AWS::S3::Bucket Cache", "left behind"),
        ("slipway-staging-fleet", "AWS::ElasticLoadBalancingV2::LoadBalancer LoadBalancer/Balancer", "replaced"),
        ("slipway-staging-fleet", "AWS::EC2::Instance Single", "perhaps replaced"),
    )
    assert found.wider == (
        (
            "slipway-staging-identity",
            "IAM Statement: arn:aws:s3:::pages/*, Allow, s3:PutObject, AWS:${InstanceRole}",
        ),
    )


def test_whatever_permits_more_is_wider_be_it_that_something_forbidding_goes():
    """The file is what the pinned CDK printed of two small stacks."""
    found = read("any", Path(__file__).with_name("widened.diff").read_text(encoding="utf-8"))

    assert [text for stack, text in found.wider if stack == "wide"] == [
        "IAM Statement: ${Fn.Arn}, Allow, lambda:InvokeFunctionUrl, *",
        "IAM Statement: ${Fn.Arn}, Allow, lambda:InvokeFunction, *",
        "IAM Statement: ${Pages.Arn} ${Pages.Arn}/*, Allow, "
        "s3:DeleteObject s3:GetBucketLocation s3:GetObject s3:ListBucket s3:PutObject, AWS:${Role}, "
        '"StringEquals": { "aws:RequestedRegion": "us-east-1", "aws:SecureTransport": "true" }',
        "IAM Statement: ${Pages.Arn}/*, Allow, s3:GetObject, AWS:*",
        "IAM Statement: ${Role.Arn}, Allow, sts:AssumeRole, AWS:*",
        "IAM Statement: *, Allow, sqs:SendMessage, AWS:${Role}",
        "IAM Statement removed: *, Deny, s3:DeleteObject s3:PutObject, AWS:${Role}",
        "IAM Policy: ${Role}, arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess",
        "Security Group: ${G.GroupId}, In, TCP 443, Everyone (IPv4)",
        "Security Group: ${G.GroupId}, In, TCP 1-65535, ${G2.GroupId}",
        "Security Group: ${G.GroupId}, Out, Everything, Everyone (IPv4)",
        "AWS::IAM::Role Role: PermissionsBoundary removed",
        "AWS::Lambda::Url Fn/FunctionUrl: AuthType NONE",
    ]
    assert [text for stack, text in found.wider if stack == "bounds"] == [
        "AWS::IAM::Role R: PermissionsBoundary changed",
        "AWS::S3::Bucket P: PublicAccessBlockConfiguration changed",
        "AWS::S3::Bucket Q: PublicAccessBlockConfiguration removed",
        "AWS::S3::Bucket S: PublicAccessBlockConfiguration changed",
    ]


def test_accounts_and_colours_do_not_get_into_a_comment():
    text = comment([read("staging", f"\x1b[32m{TEXT}\x1b[0m")])

    assert "123456789012" not in text
    assert "\x1b" not in text


def test_an_environment_without_a_difference_says_so():
    found = read("test", "Stack slipway-test-storage (aws://123456789012/us-east-1)\nThere were no differences\n")

    assert found.outcome is Outcome.SAME
    assert "| test | no difference | 0 | 0 |" in comment([found])


def test_all_environments_stand_in_one_comment_each_with_its_fate():
    text = comment([read("staging", TEXT), skipped("production", "it has no role"), read("test", "boom", status=1)])

    assert text.startswith("### What a deployment would change")
    assert "| staging | differs: 2 stacks | 4 | 1 |" in text
    assert "- **replaced**: `AWS::ElasticLoadBalancingV2::LoadBalancer LoadBalancer/Balancer` in" in text
    assert "- **wider permission**: `IAM Statement: arn:aws:s3:::pages/*" in text
    assert "| production | not compared | 0 | 0 |" in text
    assert "**production** was not compared: it has no role" in text
    assert "| test | comparison failed | 0 | 0 |" in text
    assert "boom" in text


@pytest.mark.parametrize("lines", [3_000, 100_000])
def test_a_comment_is_never_longer_than_it_may_be_and_says_that_it_is_cut(lines):
    losses = "\n".join(f"[-] AWS::SNS::Topic Alarms/Topic{number} Topic{number} destroy" for number in range(lines))
    text = comment([read("staging", f"Stack one\nResources\n{losses}"), read("production", TEXT)])

    assert len(text) <= COMMENT_LIMIT
    assert "cut here" in text


def test_a_text_cannot_end_the_block_that_it_stands_in():
    text = comment([Differences("test", Outcome.DIFFERENT, "```\n# a heading of somebody else\n")])

    assert text.count("```") == 2
