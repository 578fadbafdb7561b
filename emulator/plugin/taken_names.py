"""A stack takes nothing over that is there already: a resource is not made under a name that another one has.

The emulator writes most types over what has their name, and deletes that with the stack; AWS refuses to make them.
Buckets, records, budgets and what Image Builder makes are refused by their own modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.faults.answers import taken_words
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.operations import before_create
from emulator.plugin.resources import Properties

_alb = borrow("services.alb", "_lbs", "_tgs")
_asg = borrow("services.autoscaling", "_asgs")
_cfn = borrow(
    "services.cloudformation.provisioners", "_CUSTOM_NAME_REPLACEMENT", "_eb_rule_bus_name", "_provision_resource"
)
_cw = borrow("services.cloudwatch", "_alarms", "_composite_alarms", "_dashboards")
_ddb = borrow("services.dynamodb", "_tables")
_eb = borrow("services.eventbridge", "_rule_key", "_rules")
_ec2 = borrow("services.ec2", "_DEFAULT_VPC_ID", "_launch_templates", "_security_groups")
_iam = borrow("services.iam", "_instance_profiles", "_policies", "_roles", "_users")
_kms = borrow("services.kms", "_alias_arn", "_aliases")
_lambda = borrow("services.lambda_svc", "_functions")
_logs = borrow("services.cloudwatch_logs", "_log_groups")
_operations = borrow("services.cloudformation.stacks", "_provision_resource")
_responses = borrow("core.responses", "new_uuid")
_sm = borrow("services.secretsmanager", "_secrets")
_sns = borrow("services.sns", "_topics")
_sqs = borrow("services.sqs", "_queue_name_to_url")
_ssm = borrow("services.ssm", "_parameters")

IsTaken = Callable[[str, Properties], bool]
"""Gets the name and the properties of the resource that is to have it."""


def _key(module: Any, store: str) -> IsTaken:
    """The names are the keys of a store of the emulator."""
    return lambda name, _properties: name in getattr(module, store)


def _member(module: Any, store: str, member: str) -> IsTaken:
    """The names are a member of the records of a store."""
    return lambda name, _properties: any(record.get(member) == name for record in getattr(module, store).values())


def _is_alarm(name: str, _properties: Properties) -> bool:
    return name in _cw._alarms or name in _cw._composite_alarms


def _is_rule(name: str, properties: Properties) -> bool:
    return _eb._rule_key(name, _cfn._eb_rule_bus_name(properties)) in _eb._rules


def _is_group_of_network(name: str, properties: Properties) -> bool:
    network = properties.get("VpcId") or _ec2._DEFAULT_VPC_ID
    return any((group["GroupName"], group["VpcId"]) == (name, network) for group in _ec2._security_groups.values())


_NAMES: dict[str, tuple[str, IsTaken]] = {
    "AWS::AutoScaling::AutoScalingGroup": ("AutoScalingGroupName", _key(_asg, "_asgs")),
    "AWS::CloudWatch::Alarm": ("AlarmName", _is_alarm),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmName", _is_alarm),
    "AWS::CloudWatch::Dashboard": ("DashboardName", _key(_cw, "_dashboards")),
    "AWS::DynamoDB::Table": ("TableName", _key(_ddb, "_tables")),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateName", _member(_ec2, "_launch_templates", "LaunchTemplateName")),
    "AWS::EC2::SecurityGroup": ("GroupName", _is_group_of_network),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("Name", _member(_alb, "_lbs", "LoadBalancerName")),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ("Name", _member(_alb, "_tgs", "TargetGroupName")),
    "AWS::Events::Rule": ("Name", _is_rule),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", _key(_iam, "_instance_profiles")),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", _member(_iam, "_policies", "PolicyName")),
    "AWS::IAM::Role": ("RoleName", _key(_iam, "_roles")),
    "AWS::IAM::User": ("UserName", _key(_iam, "_users")),
    "AWS::KMS::Alias": ("AliasName", lambda name, _properties: _kms._alias_arn(name) in _kms._aliases),
    "AWS::Lambda::Function": ("FunctionName", _key(_lambda, "_functions")),
    "AWS::Logs::LogGroup": ("LogGroupName", _key(_logs, "_log_groups")),
    "AWS::SNS::Topic": ("TopicName", _member(_sns, "_topics", "name")),
    "AWS::SQS::Queue": ("QueueName", _key(_sqs, "_queue_name_to_url")),
    "AWS::SSM::Parameter": ("Name", _key(_ssm, "_parameters")),
    "AWS::SecretsManager::Secret": ("Name", _key(_sm, "_secrets")),
}
"""By type, the property that names a resource and whether there is one of that name."""


def _may_create(type_name: str, _logical_id: str, properties: Properties, _stack: str) -> None:
    name_property, is_taken = _NAMES.get(type_name, ("", None))
    name = properties.get(name_property)
    if name and is_taken is not None and is_taken(name, properties):
        raise ValueError(taken_words(type_name, name_property, name, _responses.new_uuid()))


def install() -> None:
    """Apply the corrections of this module."""
    for module in (_operations, _cfn):
        replace(module, "_provision_resource", before_create(_may_create))
    for type_name, (name_property, _is_taken) in _NAMES.items():
        # What has a name of its own cannot be replaced under it.
        _cfn._CUSTOM_NAME_REPLACEMENT.setdefault(type_name, {"name": name_property})
