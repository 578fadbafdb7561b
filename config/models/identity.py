"""Settings of the identity stack: roles, existing or new, the secret of the certificate authority, who may deploy."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.models.base import InstanceProfileArn, Model, PolicyArn, RoleArn
from config.models.forms import Form
from contract.components import Function

RolePath = Annotated[str, Form("a path of IAM, words between slashes", r"/([!-.0-~]+/)+", "/proxy/", 512)]
RolePrefix = Annotated[
    str, Form("the beginning of a role's name: letters, digits and +=,.@_-", r"[A-Za-z0-9+=,.@_-]*", "acme-", 32)
]
Repository = Annotated[
    str,
    Form(
        "a repository of GitHub as its tokens name it",
        r"[A-Za-z0-9][A-Za-z0-9_.@-]*/[A-Za-z0-9_.][A-Za-z0-9_.@-]*",
        "octo-org/octo-repo",
        200,
    ),
]
GitHubEnvironment = Annotated[
    str, Form("the name of an environment of GitHub", r"[A-Za-z0-9][A-Za-z0-9._-]*", "production", 255)
]


class ExistingInstanceRole(Model):
    """The role of the proxy instances, where it exists already."""

    role_arn: RoleArn
    """ARN of the role."""

    profile_arn: InstanceProfileArn
    """ARN of the instance profile that holds it."""


class ExistingRoles(Model):
    """Roles that exist already, and are used as they are; every other role is made."""

    instance: ExistingInstanceRole | None = None
    """Role of the proxy instances; none to make it."""

    functions: dict[Function, RoleArn] = {}
    """ARNs of execution roles, by function; those of functions that are not named here are made."""


class GitHub(Model):
    """Deploying from GitHub Actions, without a stored key.

    A job proves with a token of GitHub's which repository and environment it runs for.
    Source: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
    """

    repository: Repository
    """Repository whose jobs may deploy, as in the subject of its tokens: `owner/name`, for repositories since June 2026
    with the numbers that GitHub adds to both."""

    environment: GitHubEnvironment | None = None
    """Environment of GitHub that a job has to run in to deploy; none for that of the same name as this one. Protect it
    there: whoever may use it may deploy."""

    create_provider: bool = True
    """Whether to make GitHub's identity provider. An account has one: of several deployments in an account, one makes
    it, and goes last."""

    diff_on_pull_requests: bool = False
    """Whether jobs of pull requests may read the templates of the stacks that stand, to show what would change."""


class Identity(Model):
    """Who may do what."""

    existing: ExistingRoles = ExistingRoles()
    """Roles that exist already."""

    role_name_prefix: RolePrefix = ""
    """Beginning of the names of roles, at most 32 characters; for accounts that ask for one."""

    role_path: RolePath | None = None
    """IAM path of roles and of the instance profile, from `/` to `/`; for accounts that ask for one."""

    permissions_boundary_arn: PolicyArn | None = None
    """ARN of a managed policy that bounds every role; none where the account asks for none."""

    session_duration_seconds: int = Field(default=3600, ge=3600, le=43200)
    """Longest session of the role of the instances and of those for GitHub's jobs, in seconds."""

    github: GitHub | None = None
    """Who may deploy from GitHub Actions; none for nobody."""

    @model_validator(mode="after")
    def check_functions(self) -> Self:
        instance = self.existing.instance
        if instance and instance.role_arn in self.existing.functions.values():
            raise ValueError(
                f"existing.instance.role_arn {instance.role_arn}: a function has it too; give each one of its own, as "
                "the instances call the functions and may do less"
            )
        return self
