"""GitHub's jobs get a role by what their token says, to the letter."""

from __future__ import annotations

from constructs_lib.github import GitHubProvider, GitHubRole, bootstrap_roles, provider_arn

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def test_the_provider_takes_tokens_for_aws_only(stack, template):
    GitHubProvider(stack, "GitHub")

    assert template("AWS::IAM::OIDCProvider") == [
        {"ClientIdList": ["sts.amazonaws.com"], "Url": "https://token.actions.githubusercontent.com"}
    ]


def test_the_arn_of_a_provider_that_exists_is_known():
    assert provider_arn(partition="aws", account="123456789012") == PROVIDER


def test_a_role_is_for_one_repository_in_one_situation(stack, template):
    GitHubRole(
        stack,
        "Role",
        provider=PROVIDER,
        repository="octo-org-12/octo-repo-34",
        situation="environment:production",
        role_name="deploy",
        path="/ci/",
        description="Deploys",
        max_session_seconds=7200,
    )

    (role,) = template("AWS::IAM::Role")
    assert (role["RoleName"], role["Path"], role["MaxSessionDuration"]) == ("deploy", "/ci/", 7200)
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Federated": PROVIDER}
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:octo-org-12/octo-repo-34:environment:production",
        }
    }


def test_the_roles_of_the_bootstrap_are_named_for_each_region():
    found = bootstrap_roles(partition="aws", account="1", regions=["eu-west-1", "us-east-1"], qualifier="q")

    assert len(found) == 6
    assert found[0] == "arn:aws:iam::1:role/cdk-q-deploy-role-1-eu-west-1"
    assert found[-1] == "arn:aws:iam::1:role/cdk-q-lookup-role-1-us-east-1"
