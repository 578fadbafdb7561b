"""Roles for jobs of GitHub Actions, which prove who they are with a token of GitHub's; no key is stored anywhere."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.access import NarrowRole

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
"""Source: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws"""


def provider_arn(*, partition: str, account: str) -> str:
    """Return the ARN of GitHub's identity provider in an account, which has at most one."""
    return f"arn:{partition}:iam::{account}:oidc-provider/{ISSUER}"


class GitHubProvider(iam.OidcProviderNative):
    """GitHub as an identity provider of the account. IAM checks its certificate against its own list, so it needs none.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id, url=f"https://{ISSUER}", client_ids=[AUDIENCE])


class GitHubRole(NarrowRole):
    """A role for the jobs of one repository in one situation. It starts with no permission.

    :param provider: ARN of GitHub's identity provider in this account.
    :param repository: as the subject of its tokens has it, for example `octo-org/octo-repo`.
    :param situation: the rest of the subject: `environment:production`, or `pull_request`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        provider: str,
        repository: str,
        situation: str,
        role_name: str,
        path: str | None,
        description: str,
        max_session_seconds: int,
    ) -> None:
        claims = {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": f"repo:{repository}:{situation}"}
        super().__init__(
            scope,
            construct_id,
            assumed_by=iam.WebIdentityPrincipal(provider, conditions={"StringEquals": claims}),
            role_name=role_name,
            path=path,
            description=description,
            max_session_duration=Duration.seconds(max_session_seconds),
        )


def bootstrap_roles(*, partition: str, account: str, regions: Sequence[str], qualifier: str) -> list[str]:
    """Return the ARNs of those roles of `cdk bootstrap` that a deployment without container images assumes.

    Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
    """
    return [
        f"arn:{partition}:iam::{account}:role/cdk-{qualifier}-{kind}-role-{account}-{region}"
        for region in regions
        for kind in ("deploy", "file-publishing", "lookup")
    ]
