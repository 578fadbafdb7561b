"""Default service quotas, of what our stacks can run into.

Names, codes and defaults as published in October 2026: the pages "Endpoints and quotas" of each service, below
https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html, and lists that people have printed with
ListAWSDefaultServiceQuotas. Where AWS gives more to an account in the course of time, this is what it starts with.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quota:
    """One quota.

    :param service: code, for example `ec2`.
    :param code: for example `L-1216C47A`.
    :param unit: `None` is what AWS says where there is none.
    :param is_global: whether it counts over all regions; such quotas are asked in us-east-1.
    """

    service: str
    code: str
    name: str
    value: float
    unit: str = "None"
    is_global: bool = False


SERVICE_NAMES = {
    "autoscaling": "Amazon EC2 Auto Scaling",
    "cloudformation": "AWS CloudFormation",
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "elasticloadbalancing": "Elastic Load Balancing (ELB)",
    "iam": "AWS Identity and Access Management (IAM)",
    "lambda": "AWS Lambda",
    "route53": "Amazon Route 53",
    "s3": "Amazon Simple Storage Service (Amazon S3)",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}

QUOTAS = (
    Quota("autoscaling", "L-CDE20ADC", "Auto Scaling groups per region", 500),
    Quota("cloudformation", "L-0485CB21", "Stack count", 2000),
    Quota("ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5),
    Quota("ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", 5),
    Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", 5),
    Quota("elasticloadbalancing", "L-69A177A2", "Network Load Balancers per Region", 50),
    Quota("elasticloadbalancing", "L-B22855CB", "Target Groups per Region", 3000),
    Quota("iam", "L-FE177D64", "Roles per account", 1000, is_global=True),
    Quota("iam", "L-6E65F664", "Instance profiles per account", 1000, is_global=True),
    Quota("lambda", "L-B99A9384", "Concurrent executions", 1000),
    Quota("lambda", "L-2ACBD22F", "Function and layer storage", 75, "Gigabytes"),
    Quota("route53", "L-4EA4796A", "Hosted zones", 500, is_global=True),
    Quota("route53", "L-E209CC9F", "Records per hosted zone", 10000, is_global=True),
    Quota("route53", "L-ACB674F3", "Health checks", 200, is_global=True),
    Quota("s3", "L-DC2B2D3D", "General purpose buckets", 10000, is_global=True),
    Quota("vpc", "L-F678F1CE", "VPCs per Region", 5),
    Quota("vpc", "L-A4707A72", "Internet gateways per Region", 5),
    Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone", 5),
    Quota("vpc", "L-407747CB", "Subnets per VPC", 200),
    Quota("vpc", "L-E79EC296", "VPC security groups per Region", 2500),
    Quota("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50),
)


def quotas_of(service: str, region: str) -> list[Quota] | None:
    """Return the quotas of a service in a region, None if nothing is known of the service."""
    if service not in SERVICE_NAMES:
        return None
    return [quota for quota in QUOTAS if quota.service == service and (region == "us-east-1" or not quota.is_global)]
