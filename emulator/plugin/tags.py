"""The Resource Groups Tagging API finds what our stacks tag, and stack tags reach each type as on AWS.

As on AWS it does not find roles and Auto Scaling groups ("Services that support the Resource Groups Tagging API"), and
types whose registry schema says so do not get the tags with which CloudFormation marks its resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.plugin import records
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.image_builder import KINDS
from emulator.plugin.resources import Properties, account, region

_tagging = borrow(
    "services.tagging", "_COLLECTORS", "_RESOURCE_TAG_COLLECTORS", "_collect_secretsmanager", "_collect_ssm"
)
_provisioners = borrow("services.cloudformation.provisioners", "_STACK_TAG_PROPERTY", "_tag_map")
_operations = borrow("services.cloudformation.stacks", "_with_stack_tags")
_cloudformation = borrow("services.cloudformation", "_stacks")
_cloudwatch = borrow("services.cloudwatch", "_resource_tags")
_ec2 = borrow("services.ec2", "_instances", "_tags")
_elb = borrow("services.alb", "_tags")
_logs = borrow("services.cloudwatch_logs", "_log_groups")
_route53 = borrow("services.route53", "_tags")
_states = borrow("services.stepfunctions", "_tags")

Tagged = tuple[str, list[dict[str, str]]]

EC2_RESOURCES: Mapping[str, str] = {
    "ami": "image", "eipalloc": "elastic-ip", "eni": "network-interface", "fl": "vpc-flow-log", "i": "instance",
    "igw": "internet-gateway", "key": "key-pair", "lt": "launch-template", "nat": "natgateway", "rtb": "route-table",
    "sg": "security-group", "sgr": "security-group-rule", "snap": "snapshot", "subnet": "subnet", "vol": "volume",
    "vpc": "vpc", "vpce": "vpc-endpoint",
}  # fmt: skip
"""By the first part of an id, what the resource is called in its ARN."""

GLOBAL_REGION = "us-east-1"
"""Where global resources are found."""

WITHOUT_SYSTEM_TAGS = ("AWS::IAM::Role", "AWS::ImageBuilder::", "AWS::KMS::Key", "AWS::Route53::HostedZone")
"""Types whose schema says `cloudFormationSystemTags: false`; a test holds this against the registry."""


def _listed(tags: Mapping[str, str] | list[dict[str, Any]]) -> list[dict[str, str]]:
    found = _provisioners._tag_map(tags)
    return [{"Key": key, "Value": value} for key, value in found.items()]


def _of_ec2() -> Iterator[Tagged]:
    for identifier, tags in _ec2._tags.items():
        kind = EC2_RESOURCES.get(identifier.partition("-")[0])
        if kind and not _is_terminated(identifier):
            yield f"arn:aws:ec2:{region()}:{account()}:{kind}/{identifier}", _listed(tags)


def _is_terminated(identifier: str) -> bool:
    """Tell whether this is an instance that is still shown, but has been terminated; its tags no longer count."""
    instance = _ec2._instances.get(identifier)
    return instance is not None and instance["State"]["Name"] == "terminated"


def _of_arns(store: Mapping[str, Any]) -> Iterator[Tagged]:
    for arn, tags in store.items():
        if (arn.split(":")[3] or GLOBAL_REGION) == region():
            yield arn, _listed(tags)


def _of_balancers() -> Iterator[Tagged]:
    return _of_arns(_elb._tags)


def _of_alarms() -> Iterator[Tagged]:
    return _of_arns(_cloudwatch._resource_tags)


def _of_state_machines() -> Iterator[Tagged]:
    return _of_arns(_states._tags)


def _of_logs() -> Iterator[Tagged]:
    for name, group in _logs._log_groups.items():
        yield f"arn:aws:logs:{region()}:{account()}:log-group:{name}", _listed(group.get("tags", {}))


def _of_zones() -> Iterator[Tagged]:
    if region() == GLOBAL_REGION:
        for (kind, identifier), tags in _route53._tags.items():
            yield f"arn:aws:route53:::{kind}/{identifier}", _listed(tags)


def _of_image_builder() -> Iterator[Tagged]:
    for kind in KINDS:
        for record in records.everything(kind.path):
            yield record["Arn"], _listed(record["Tags"])


def _of_stacks() -> Iterator[Tagged]:
    for stack in _cloudformation._stacks.values():
        if stack.get("StackStatus") != "DELETE_COMPLETE":
            yield stack["StackId"], _listed(stack.get("Tags") or [])


def _only_tagged(collect: Callable[[], Iterator[Tagged]]) -> Callable[[], Iterator[Tagged]]:
    return lambda: ((arn, tags) for arn, tags in collect() if tags)


_FOUND: Mapping[str, Callable[[], Iterator[Tagged]]] = {
    "cloudformation": _of_stacks,
    "cloudwatch": _of_alarms,
    "ec2": _of_ec2,
    "elasticloadbalancing": _of_balancers,
    "imagebuilder": _of_image_builder,
    "logs": _of_logs,
    "route53": _of_zones,
    "secretsmanager": _tagging._collect_secretsmanager,
    "ssm": _tagging._collect_ssm,
    "states": _of_state_machines,
}


def _as_schemas_say(original: Callable[..., Properties]) -> Callable[..., Properties]:
    def with_stack_tags(type_name: str, properties: Properties, *rest: Any) -> Properties:
        tagged = original(type_name, properties, *rest)
        if not type_name.startswith(WITHOUT_SYSTEM_TAGS):
            return tagged
        name = _provisioners._STACK_TAG_PROPERTY[type_name][0]
        tags = tagged.get(name) or []
        own = (
            {key: value for key, value in tags.items() if not key.startswith("aws:")}
            if isinstance(tags, dict)
            else [tag for tag in tags if not tag["Key"].startswith("aws:")]
        )
        without = {key: value for key, value in tagged.items() if key != name}
        return {**without, name: own} if own else without

    return with_stack_tags


def install() -> None:
    """Apply the corrections of this module."""
    for service, collect in _FOUND.items():
        _tagging._COLLECTORS[service] = _only_tagged(collect)
        _tagging._RESOURCE_TAG_COLLECTORS[service] = collect
    _provisioners._STACK_TAG_PROPERTY["AWS::CloudWatch::Dashboard"] = ("Tags", "list")
    replace(_operations, "_with_stack_tags", _as_schemas_say)
