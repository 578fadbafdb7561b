"""Accepted findings of the rule packs: one place, one resource, one rule, and always the reason.

What is not accepted here fails synthesis (see :mod:`constructs_lib.policy.rules`).
"""

from collections.abc import Iterable
from typing import cast

from aws_cdk import Stack, Validations
from constructs import IConstruct

WILDCARD_RULE = "AwsSolutions-IAM5"


def acknowledge(construct: IConstruct, rule: str, *, reason: str) -> None:
    """Accept a finding on one construct and what stands below it.

    :param rule: id of the rule; where it has several findings, with one in brackets: `AwsSolutions-IAM5[Action::s3:*]`.
    :param reason: why it is right here; a reviewer reads it.
    """
    # The public `Validations.acknowledge` refuses ids with more than one `::`, which every finding on an ARN has. It
    # writes this same metadata, and the rule packs read it.
    construct.node.add_metadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {rule: reason})


def acknowledge_wildcards(construct: IConstruct, resources: Iterable[str], *, reason: str) -> None:
    """Accept those of a policy's resources that hold a `*`, each by its full name."""
    for resource in resources:
        name = flatten(Stack.of(construct).resolve(resource))
        if "*" in name:
            acknowledge(construct, f"{WILDCARD_RULE}[Resource::{name}]", reason=reason)


def flatten(value: object) -> str:
    """Return a resolved CloudFormation value the way that findings spell it: references stand in angle brackets."""
    match value:
        case str():
            return value
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Fn::Join": [delimiter, items]}:
            return str(delimiter).join(flatten(item) for item in cast("list[object]", items))
        case {"Fn::ImportValue": name}:
            return flatten(name)
        case {"Fn::GetStackOutput": {"OutputName": str(name)}}:
            return name
    raise ValueError(f"no way to spell {value!r} in a finding; add its intrinsic function to flatten()")
