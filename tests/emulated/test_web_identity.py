"""Roles for jobs of GitHub, by what their tokens say."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.emulated.issuer import GITHUB, Issuer
from tests.emulated.people import allow
from tests.emulated.shapes import watch
from tests.emulated.test_drift import Drift

HOST = GITHUB.removeprefix("https://")
SUBJECT = "repo:octo-org/octo-repo:environment:production"
PROVIDER: dict[str, Any] = {
    "Type": "AWS::IAM::OIDCProvider",
    "Properties": {"Url": GITHUB, "ClientIdList": ["sts.amazonaws.com"], "Tags": [{"Key": "a", "Value": "b"}]},
}
ROLE: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": {"Ref": "Provider"}},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {f"{HOST}:sub": SUBJECT, f"{HOST}:aud": "sts.amazonaws.com"}},
                }
            ],
        },
        "Policies": [
            {
                "PolicyName": "own",
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow("sqs:ListQueues")]},
            }
        ],
    },
}


@pytest.fixture
def role(stack):
    made = stack.put({"Provider": PROVIDER, "Role": ROLE}, {"Role": {"Fn::GetAtt": ["Role", "Arn"]}})
    return made["Role"]


@pytest.fixture
def anonymous(emulator):
    """Return a client of STS without credentials, as a job has none yet."""
    options = {"endpoint_url": emulator.endpoint_url, "region_name": "us-east-1"}
    return watch(boto3.client("sts", config=Config(signature_version=UNSIGNED), **options))


def assume(sts, role, token):
    return sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job", WebIdentityToken=token)


@pytest.mark.behaviour("IAM", "an identity provider from a template has its settings and goes with it", aws=False)
def test_a_provider_comes_and_goes_with_its_stack(stack, client, account):
    arn = stack.put({"Provider": PROVIDER}, {"Arn": {"Ref": "Provider"}})["Arn"]
    iam = client("iam")

    assert arn == f"arn:aws:iam::{account}:oidc-provider/{HOST}"
    described = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (described["Url"], described["ClientIDList"]) == (HOST, ["sts.amazonaws.com"])
    assert {"Key": "a", "Value": "b"} in described["Tags"]
    stack.put({"Provider": {**PROVIDER, "Properties": {**PROVIDER["Properties"], "ClientIdList": ["other"]}}})
    assert iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"] == ["other"]
    stack.delete()
    assert arn not in str(iam.list_open_id_connect_providers())


@pytest.mark.behaviour("CloudFormation", "drift detection reads identity providers", aws=False)
def test_a_provider_is_as_its_template_says(stack, client):
    arn = stack.put({"Provider": PROVIDER}, {"Arn": {"Ref": "Provider"}})["Arn"]
    drift = Drift(stack, client("cloudformation"))

    assert drift.detect() == "IN_SYNC", drift.differences()
    client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    drift.detect()
    assert drift.statuses() == {"Provider": "DELETED"}


@pytest.mark.behaviour("IAM", "an account has one identity provider of an address", aws=False)
def test_a_second_provider_of_the_same_address_is_refused(stack):
    with pytest.raises(AssertionError, match="already exists"):
        stack.put({"Provider": PROVIDER, "Second": {**PROVIDER, "DependsOn": "Provider"}})


@pytest.mark.behaviour("STS", "a token of a trusted provider gives the rights of a role, and no others", aws=False)
def test_a_job_gets_the_rights_of_its_role(role, anonymous, emulator, people, account):
    issuer = Issuer()
    issuer.publish(emulator)

    given = assume(anonymous, role, issuer.token(SUBJECT))

    assert given["SubjectFromWebIdentityToken"] == SUBJECT
    assert given["Audience"] == "sts.amazonaws.com"
    assert given["Provider"] == f"arn:aws:iam::{account}:oidc-provider/{HOST}"
    keys = given["Credentials"]
    acting = people.acting(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    acting("sqs").list_queues()
    with pytest.raises(ClientError, match="not authorized"):
        acting("sns").list_topics()


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}, "AccessDenied"),
        ({"sub": "repo:octo-org/fork:environment:production"}, "AccessDenied"),
        ({"aud": "somebody-else"}, "InvalidIdentityToken"),
        ({"exp": 1}, "ExpiredTokenException"),
        ({"iss": "https://token.example.org"}, "InvalidIdentityToken"),
    ],
)
@pytest.mark.behaviour(
    "STS", "a token for another subject, audience or time, or of another issuer, opens nothing", aws=False
)
def test_other_tokens_open_nothing(claims, code, role, anonymous, emulator):
    issuer = Issuer()
    issuer.publish(emulator)

    with pytest.raises(ClientError) as caught:
        assume(anonymous, role, issuer.token(SUBJECT, **claims))

    assert caught.value.response["Error"]["Code"] == code


@pytest.mark.behaviour("STS", "a token that the provider's published key has not signed opens nothing", aws=False)
def test_a_token_that_somebody_else_signed_opens_nothing(role, anonymous, emulator):
    Issuer().publish(emulator)

    with pytest.raises(ClientError, match="InvalidIdentityToken"):
        assume(anonymous, role, Issuer(seed=2).token(SUBJECT))
