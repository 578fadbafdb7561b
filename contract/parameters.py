"""Paths of the SSM parameters through which a deployed instance learns everything it needs, and stacks of each other.

All stand below one prefix, `/<project>/<environment>`, which is all of them that user data names to an instance.
"""

from contract.components import Function

PROXY_SETTINGS = "proxy/settings"
CA_SECRET_ARN = "proxy/ca-secret-arn"  # noqa: S105 - where the secret is, not the secret
USERS_SECRET_ARN = "proxy/users-secret-arn"  # noqa: S105 - where the secret is, not the secret
VPC_ID = "network/vpc-id"
HOSTED_ZONE_ID = "dns/hosted-zone-id"
LOAD_BALANCER_DNS_NAME = "fleet/load-balancer/dns-name"
LOAD_BALANCER_ZONE_ID = "fleet/load-balancer/zone-id"
LOAD_BALANCER_FULL_NAME = "fleet/load-balancer/full-name"
AUTO_SCALING_GROUP_NAME = "fleet/auto-scaling-group/name"
TARGET_GROUP_FULL_NAME = "fleet/target-group/full-name"


def prefix(project: str, environment: str) -> str:
    """Return the parameter prefix of one deployment, without a trailing slash."""
    return f"/{project}/{environment}"


def function_url(function: Function) -> str:
    """Return the path, below the prefix, of the parameter that holds a function's URL."""
    return f"functions/{function.value}/url"


def subnet_id(kind: str, number: int) -> str:
    """Return the path, below the prefix, of the parameter that holds a subnet's id.

    :param kind: `public` or `private`.
    :param number: of the subnet among those of its kind, from 1.
    """
    return f"network/subnets/{kind}-{number}"


def security_group_id(whose: str) -> str:
    """Return the path, below the prefix, of the parameter that holds a security group's id, such as `instance`'s."""
    return f"network/security-groups/{whose}"
