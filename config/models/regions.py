"""AWS's partitions and their regions, as far as they are known here; no account can use two partitions.

A region that AWS opened since is told from a slip of the pen by `exceptions.known-region`. A test compares the table
with the one in botocore.
"""

from collections.abc import Mapping
from types import MappingProxyType

PARTITIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "aws": (
            *("af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
            *("ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4"),
            *("ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1"),
            *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
            *("eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "me-west-1"),
            *("mx-central-1", "sa-east-1", "sa-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"),
        ),
        "aws-cn": ("cn-north-1", "cn-northwest-1"),
        "aws-eusc": ("eusc-de-east-1",),
        "aws-iso": ("us-iso-east-1", "us-iso-west-1"),
        "aws-iso-b": ("us-isob-east-1", "us-isob-west-1"),
        "aws-iso-e": ("eu-isoe-west-1",),
        "aws-iso-f": ("us-isof-east-1", "us-isof-south-1"),
        "aws-us-gov": ("us-gov-east-1", "us-gov-west-1"),
    }
)

BUDGET_REGIONS = frozenset(
    {
        *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
        *("cn-north-1", "cn-northwest-1", "eu-central-1", "eu-isoe-west-1", "eu-west-1", "eu-west-2", "eu-west-3"),
        *("eusc-de-east-1", "sa-east-1", "us-east-1", "us-east-2", "us-iso-east-1", "us-iso-west-1"),
        *("us-isob-east-1", "us-isob-west-1", "us-isof-east-1", "us-isof-south-1", "us-west-1", "us-west-2"),
    }
)
"""Where CloudFormation knows `AWS::Budgets::Budget`, as its registry says; a budget counts all regions anyway. A test
compares with the copy of the registry that cfn-lint brings."""

COMPREHEND_REGIONS = frozenset(
    {
        *("ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
        *("eu-central-1", "eu-west-1", "eu-west-2", "us-east-1", "us-east-2", "us-gov-west-1", "us-iso-east-1"),
        *("us-isof-east-1", "us-isof-south-1", "us-west-2"),
    }
)
"""Where Amazon Comprehend is. A test compares with botocore."""

UNKNOWN_TO_ROUTE53 = frozenset({"me-west-1", "sa-west-1"})
"""Regions whose alarms Route 53 cannot watch, and whose VPCs can ask no private zone of its.

They lack in its lists of both, `CloudWatchRegion` and `VPCRegion`. A test compares with the lists in botocore.
Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_AlarmIdentifier.html
"""

REGIONS = tuple(region for regions in PARTITIONS.values() for region in regions)

_PREFIXES = {
    "cn-": "aws-cn",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "us-gov-": "aws-us-gov",
}


def partition_of(region: str) -> str:
    """Return the partition that a region is in, by the beginning of its name, a new region too."""
    return next((partition for prefix, partition in _PREFIXES.items() if region.startswith(prefix)), "aws")
