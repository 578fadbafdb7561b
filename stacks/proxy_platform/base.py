"""What the platform's stacks share: where they are deployed, how they are named, and their tags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Aws, CfnWaitConditionHandle, Environment, Tags
from aws_cdk import Stack as CdkStack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from config.models import Configuration, Removal
from config.naming import Names
from contract import tags
from contract.components import Stack

SERVICE = "proxy-platform"
MANAGED_BY = "slipway"


@dataclass(frozen=True)
class Deployment:
    """What every stack has to know of the deployment that it belongs to, in one region.

    :param names: physical names.
    :param account: account to deploy to; none for the one of the credentials in use.
    :param zones: availability zones.
    :param role_path: IAM path of every role; none for the root.
    :param destroy: whether what holds data goes with its stack.
    :param default_tags: tags of every resource.
    :param root: the folder that sources are taken from.
    """

    names: Names
    account: str | None
    zones: tuple[str, ...]
    destroy: bool
    termination_protection: bool
    version: str
    permissions_boundary_arn: str | None
    role_path: str | None
    default_tags: Mapping[str, str]
    root: Path

    @classmethod
    def of(cls, configuration: Configuration, *, is_home: bool = True, root: Path) -> "Deployment":
        """Return what the configuration says about the whole.

        :param configuration: the view of one region.
        :param is_home: whether its region is the first one of the deployment.
        """
        account = configuration.account or Aws.ACCOUNT_ID
        return cls(
            names=Names.of(configuration, account=account, is_home=is_home),
            account=configuration.account,
            zones=configuration.network.zones,
            destroy=configuration.removal is Removal.DESTROY,
            termination_protection=configuration.termination_protection,
            version=configuration.version,
            permissions_boundary_arn=configuration.identity.permissions_boundary_arn,
            role_path=configuration.identity.role_path,
            default_tags={
                **configuration.tags,
                tags.SERVICE: SERVICE,
                tags.MANAGED_BY: MANAGED_BY,
                tags.DEPLOYMENT_ID: configuration.deployment_id,
                tags.ENVIRONMENT: configuration.environment,
                tags.CREATED_AT: configuration.created_at.isoformat(),
                tags.VERSION: configuration.version,
                **_expiry(configuration),
            },
            root=root,
        )


def _expiry(configuration: Configuration) -> dict[str, str]:
    """Return the tag that says when a deployment with a lifetime may be removed."""
    expires_at = configuration.expires_at
    return {} if expires_at is None else {tags.EXPIRES_AT: expires_at.isoformat()}


class PlatformStack(CdkStack):
    """A stack of the platform.

    :param component: which one.
    :param description: what CloudFormation's list of stacks says about it.
    """

    def __init__(self, scope: Construct, component: Stack, *, deployment: Deployment, description: str) -> None:
        self.all_tags = {**deployment.default_tags, tags.COMPONENT: component.value}
        name = deployment.names.stack(component)
        # Set before the base class runs: it asks for the zones.
        self._zones = list(deployment.zones)
        super().__init__(
            scope,
            name,
            stack_name=name,
            description=description,
            env=Environment(account=deployment.account, region=deployment.names.region),
            termination_protection=deployment.termination_protection,
            tags=self.all_tags,
        )
        self.deployment = deployment
        self._bound(deployment.permissions_boundary_arn)
        for key, value in self.all_tags.items():
            Tags.of(self).add(key, value)

    @property
    def availability_zones(self) -> list[str]:
        """Zones from the configuration; the CDK would ask AWS for them, and synthesis asks nobody."""
        return self._zones

    def _bound(self, boundary_arn: str | None) -> None:
        """Put the account's boundary on every role, those of the CDK's own helpers too."""
        if boundary_arn is not None:
            boundary = iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", boundary_arn)
            iam.PermissionsBoundary.of(self).apply(boundary)

    def stand_for_others(self) -> None:
        """Let the stack be deployed though all that it stands for exists already, and is somebody else's.

        CloudFormation refuses a template without resources. This one is free, and does nothing.
        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
        """
        CfnWaitConditionHandle(self, "Nothing")

    @property
    def names(self) -> Names:
        """Physical names of the deployment."""
        return self.deployment.names

    def publish(self, construct_id: str, path: str, value: str, *, description: str) -> ssm.StringParameter:
        """Write a value to an SSM parameter, for instances and for other stacks, and return the parameter.

        :param path: the parameter's path below the deployment's prefix (see :mod:`contract.parameters`).
        """
        return ssm.StringParameter(
            self, construct_id, parameter_name=self.names.parameter(path), string_value=value, description=description
        )

    def read(self, path: str) -> str:
        """Return what another stack published, as it is when this stack is deployed.

        Unlike an export it may change while it is in use: the other stack is free to replace what it names, and the
        next deployment of this stack follows.

        :param path: as for :meth:`publish`.
        """
        return ssm.StringParameter.value_for_string_parameter(self, self.names.parameter(path))
