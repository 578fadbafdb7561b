"""Everything that stands in an account, service by service, so that what a deployment leaves behind shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import boto3

Item = dict[str, Any]


def _pages(client: Any, operation: str, key: str, **arguments: Any) -> Iterable[Any]:
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page.get(key, [])
    else:
        yield from getattr(client, operation)(**arguments).get(key, [])


# service, operation, key of the list in the answer, what names one item, arguments
_LISTS: tuple[tuple[str, str, str, Callable[[Any], str], Item], ...] = (
    ("cloudformation", "describe_stacks", "Stacks", lambda item: item["StackName"], {}),
    ("s3", "list_buckets", "Buckets", lambda item: item["Name"], {}),
    ("iam", "list_roles", "Roles", lambda item: item["RoleName"], {}),
    ("iam", "list_policies", "Policies", lambda item: item["Arn"], {"Scope": "Local"}),
    ("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList", lambda item: item["Arn"], {}),
    ("iam", "list_instance_profiles", "InstanceProfiles", lambda item: item["InstanceProfileName"], {}),
    ("lambda", "list_functions", "Functions", lambda item: item["FunctionName"], {}),
    ("lambda", "list_layers", "Layers", lambda item: item["LayerName"], {}),
    ("logs", "describe_log_groups", "logGroups", lambda item: item["logGroupName"], {}),
    ("logs", "describe_query_definitions", "queryDefinitions", lambda item: item["name"], {}),
    ("ec2", "describe_vpcs", "Vpcs", lambda item: item["VpcId"], {}),
    ("ec2", "describe_subnets", "Subnets", lambda item: item["SubnetId"], {}),
    ("ec2", "describe_route_tables", "RouteTables", lambda item: item["RouteTableId"], {}),
    ("ec2", "describe_internet_gateways", "InternetGateways", lambda item: item["InternetGatewayId"], {}),
    ("ec2", "describe_security_groups", "SecurityGroups", lambda item: item["GroupId"], {}),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", lambda item: item["VpcEndpointId"], {}),
    ("ec2", "describe_addresses", "Addresses", lambda item: item["AllocationId"], {}),
    ("ec2", "describe_nat_gateways", "NatGateways", lambda item: item["NatGatewayId"], {}),
    ("ec2", "describe_flow_logs", "FlowLogs", lambda item: item["FlowLogId"], {}),
    ("ec2", "describe_launch_templates", "LaunchTemplates", lambda item: item["LaunchTemplateId"], {}),
    ("ec2", "describe_images", "Images", lambda item: item["ImageId"], {"Owners": ["self"]}),
    ("ec2", "describe_snapshots", "Snapshots", lambda item: item["SnapshotId"], {"OwnerIds": ["self"]}),
    ("ec2", "describe_volumes", "Volumes", lambda item: item["VolumeId"], {}),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", lambda item: item["NetworkInterfaceId"], {}),
    ("elbv2", "describe_load_balancers", "LoadBalancers", lambda item: item["LoadBalancerArn"], {}),
    ("elbv2", "describe_target_groups", "TargetGroups", lambda item: item["TargetGroupArn"], {}),
    (
        "autoscaling",
        "describe_auto_scaling_groups",
        "AutoScalingGroups",
        lambda item: item["AutoScalingGroupName"],
        {},
    ),
    ("autoscaling", "describe_policies", "ScalingPolicies", lambda item: item["PolicyName"], {}),
    ("route53", "list_hosted_zones", "HostedZones", lambda item: item["Id"], {}),
    ("route53", "list_health_checks", "HealthChecks", lambda item: item["Id"], {}),
    ("cloudwatch", "describe_alarms", "MetricAlarms", lambda item: item["AlarmName"], {}),
    ("cloudwatch", "list_dashboards", "DashboardEntries", lambda item: item["DashboardName"], {}),
    ("sns", "list_topics", "Topics", lambda item: item["TopicArn"], {}),
    ("sns", "list_subscriptions", "Subscriptions", lambda item: item["Endpoint"], {}),
    ("elasticache", "describe_serverless_caches", "ServerlessCaches", lambda item: item["ServerlessCacheName"], {}),
    ("ssm", "describe_parameters", "Parameters", lambda item: item["Name"], {}),
    ("secretsmanager", "list_secrets", "SecretList", lambda item: item["Name"], {}),
    ("kms", "list_aliases", "Aliases", lambda item: item["AliasName"], {}),
    ("imagebuilder", "list_components", "componentVersionList", lambda item: item["arn"], {"owner": "Self"}),
    ("imagebuilder", "list_image_recipes", "imageRecipeSummaryList", lambda item: item["arn"], {"owner": "Self"}),
    ("imagebuilder", "list_image_pipelines", "imagePipelineList", lambda item: item["arn"], {}),
    ("imagebuilder", "list_lifecycle_policies", "lifecyclePolicySummaryList", lambda item: item["arn"], {}),
    ("imagebuilder", "list_images", "imageVersionList", lambda item: item["arn"], {"owner": "Self"}),
    (
        "imagebuilder",
        "list_infrastructure_configurations",
        "infrastructureConfigurationSummaryList",
        lambda item: item["arn"],
        {},
    ),
    (
        "imagebuilder",
        "list_distribution_configurations",
        "distributionConfigurationSummaryList",
        lambda item: item["arn"],
        {},
    ),
)


def instances(session: boto3.Session) -> set[str]:
    """Return the ids of all instances that are not terminated."""
    reservations = _pages(session.client("ec2"), "describe_instances", "Reservations")
    found = (instance for reservation in reservations for instance in reservation["Instances"])
    return {each["InstanceId"] for each in found if each["State"]["Name"] != "terminated"}


def budgets(session: boto3.Session) -> set[str]:
    """Return the names of all budgets."""
    account = session.client("sts").get_caller_identity()["Account"]
    return {
        each["BudgetName"]
        for each in _pages(session.client("budgets"), "describe_budgets", "Budgets", AccountId=account)
    }


def keys(session: boto3.Session) -> set[str]:
    """Return the ARNs of all KMS keys that do not wait for their deletion."""
    arns = {each["KeyArn"] for each in _pages(session.client("kms"), "list_keys", "Keys")}
    return {arn for arn in arns if not _waits_for_deletion(session, arn)}


def everything(session: boto3.Session) -> dict[str, set[str]]:
    """Return the names of all there is, by kind (`service operation`)."""
    found = {
        f"{service} {operation}": {name(item) for item in _pages(session.client(service), operation, key, **arguments)}
        for service, operation, key, name, arguments in _LISTS
    }
    more = {"ec2 describe_instances": instances, "kms list_keys": keys, "budgets describe_budgets": budgets}
    return {**found, **{kind: names(session) for kind, names in more.items()}}


def difference(before: dict[str, set[str]], after: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what is in `after` and was not in `before`, by kind; empty kinds are left out."""
    return {kind: names - before[kind] for kind, names in after.items() if names - before[kind]}


def tagged(session: boto3.Session, key: str, value: str) -> list[str]:
    """Return the ARNs of everything that carries a tag.

    KMS keys that wait for their deletion are left out: AWS keeps a deleted key for at least seven days.
    """
    client = session.client("resourcegroupstaggingapi")
    found = _pages(client, "get_resources", "ResourceTagMappingList", TagFilters=[{"Key": key, "Values": [value]}])
    return [item["ResourceARN"] for item in found if not _waits_for_deletion(session, item["ResourceARN"])]


def _waits_for_deletion(session: boto3.Session, arn: str) -> bool:
    if not arn.startswith("arn:aws:kms:"):
        return False
    state: str = session.client("kms").describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    return state == "PendingDeletion"
