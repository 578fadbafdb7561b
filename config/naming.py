"""Physical names: the same configuration gives the same names, so that stacks find each other without exports.

The length that the configuration allows a project keeps each of them within what AWS allows. This module does not know
the CDK; the account may be one of its tokens.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.models import Configuration
from contract import logs, parameters
from contract.components import Function, Stack

LONGEST_ROLE_NAME = 64
"""Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@dataclass(frozen=True)
class Names:
    """Names of one deployment.

    :param project: first part of every name.
    :param environment: second part.
    :param account: twelve digits, or a token that becomes them at deployment.
    :param region: where what is named stands.
    :param is_home: whether that is the first region of the deployment.
    :param existing_buckets: names of buckets that are there already, by purpose.
    :param role_prefix: what names of roles start with, before all else.
    """

    project: str
    environment: str
    account: str
    region: str
    is_home: bool = True
    existing_buckets: Mapping[str, str] = field(default_factory=dict)
    role_prefix: str = ""

    @classmethod
    def of(cls, configuration: Configuration, *, account: str, is_home: bool = True) -> "Names":
        """Return the names for a configuration, or for the view of one of its regions.

        :param account: the account in use, which the configuration need not name.
        :param is_home: whether its region is the first one of the deployment.
        """
        return cls(
            configuration.project,
            configuration.environment,
            account,
            configuration.region,
            is_home,
            configuration.storage.existing_names,
            configuration.identity.role_name_prefix,
        )

    @property
    def prefix(self) -> str:
        """What every name starts with, for example `slipway-local`."""
        return f"{self.project}-{self.environment}"

    @property
    def parameter_prefix(self) -> str:
        """Where the deployment's SSM parameters stand, for example `/slipway/local`."""
        return parameters.prefix(self.project, self.environment)

    def stack(self, stack: Stack) -> str:
        """Return a stack's name, for example `slipway-local-fleet`; beyond the first region it ends with the region.

        A command that names a stack means one, so that it is unique in all regions.
        """
        suffix = "" if self.is_home else f"-{self.region}"
        return f"{self.prefix}-{stack.value}{suffix}"

    def resource(self, short: str) -> str:
        """Return the name of something that is unique within account and region."""
        return f"{self.prefix}-{short}"

    def role(self, short: str) -> str:
        """Return a role's name; it holds the region, since IAM is global."""
        return fitted(f"{self.role_prefix}{self.prefix}-{short}-{self.region}", LONGEST_ROLE_NAME)

    def bucket(self, purpose: str) -> str:
        """Return a bucket's name; it holds account and region, since the whole world shares bucket names."""
        return self.existing_buckets.get(purpose) or f"{self.prefix}-{purpose}-{self.account}-{self.region}"

    def function(self, function: Function) -> str:
        """Return a function's name, for example `slipway-local-html-service`."""
        return self.resource(function.value)

    def function_logs(self, function: Function) -> str:
        """Return the name of a function's log group, which Lambda gives."""
        return f"/aws/lambda/{self.function(function)}"

    @property
    def dashboard(self) -> str:
        """Name of the dashboard; it holds the region, since those of an account are the same in all regions.

        Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
        """
        return f"{self.resource('proxy')}-{self.region}"

    @property
    def flow_logs(self) -> str:
        """Name of the log group of the network's flows."""
        return f"/{self.project}/{self.environment}/flow-logs"

    @property
    def instance_logs(self) -> str:
        """Name of the log group of the proxy instances, which they find by the prefix of their parameters."""
        return logs.instances(self.parameter_prefix)

    @property
    def image_logs(self) -> str:
        """Name of the log group of image builds, which Image Builder gives."""
        return f"/aws/imagebuilder/{self.resource('proxy')}"

    def parameter(self, path: str) -> str:
        """Return a parameter's full name from its path below the prefix (see :mod:`contract.parameters`)."""
        return f"{self.parameter_prefix}/{path}"


def fitted(name: str, longest: int) -> str:
    """Return a name, whose end gives way to a hash of the whole if it is too long, so that no two become one.

    :param longest: greatest number of characters.
    """
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: longest - len(digest) - 1]}-{digest}"
