"""Accepted findings of the rule packs: one place, one resource, one rule, and always the reason.

What is not accepted here fails synthesis (see :mod:`constructs_lib.policy.rules`).
"""

from collections.abc import Iterable
from typing import cast

from aws_cdk import Stack, Validations
from constructs import IConstruct

WILDCARD_RULE = "AwsSolutions-IAM5"
NIST, PCI, HIPAA = STANDARDS = ("NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security")
"""Rule packs that have many rules in common, under the same names."""


def in_standards(rule: str, *packs: str) -> tuple[str, ...]:
    """Return the ids of a rule in several rule packs.

    :param rule: its name without the pack's, for example `LambdaDLQ`.
    :param packs: those that have it; all three if none is named.
    """
    return tuple(f"{pack}-{rule}" for pack in packs or STANDARDS)


def acknowledge(construct: IConstruct, *rules: str, reason: str) -> None:
    """Accept findings on one construct and what stands below it.

    :param rules: ids of rules; where one has several findings, with one in brackets: `AwsSolutions-IAM5[Action::s3:*]`.
    :param reason: why it is right here; a reviewer reads it.
    """
    # What `Validations.acknowledge` writes, too, but without a stack trace: that would put paths of this machine into
    # the assembly.
    construct.node.add_metadata(
        Validations.ACKNOWLEDGED_RULES_METADATA_KEY, {_qualified(rule): reason for rule in rules}
    )


def _qualified(rule: str) -> str:
    """Return a rule's id with its rule pack before it, so that the report says what was accepted, and where.

    A rule of cdk-nag begins with its pack: `AwsSolutions-S1` is `AwsSolutions::AwsSolutions-S1`.
    """
    name = rule.partition("[")[0]
    return rule if "::" in name else f"{name.partition('-')[0]}::{rule}"


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
