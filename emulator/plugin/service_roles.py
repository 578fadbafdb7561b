"""Roles that services of AWS act with: whether a role's trust lets a service have it, and what it may then do.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#iam-term-service-role
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.plugin.borrowed import borrow
from emulator.plugin.permissions import is_enforced, trust_policy
from emulator.plugin.resources import account, region

_evaluator = borrow(
    "core.iam_evaluator",
    "EvalContext",
    "_gather_role_policies",
    "_permissions_boundary",
    "evaluate",
    "evaluate_resource_policy",
)
_iam = borrow("services.iam", "_roles")


def may_assume(service: str, role: str, facts: Mapping[str, str] | None = None) -> bool:
    """Tell whether a role lets a service assume it; one that is not there lets nobody.

    :param service: its principal, for example `lambda.amazonaws.com`.
    :param role: ARN or name.
    :param facts: condition keys that the service sends, in lower case, and their values.
    """
    if not is_enforced():
        return True
    asked = _asked("sts:AssumeRole", role, "*", facts)
    verdict = _evaluator.evaluate_resource_policy(trust_policy(role), asked, service=service)
    return bool(verdict.decision == "Allow")


def may_do(role: str, action: str) -> bool:
    """Tell whether a role's policies let a service that has it do something to all resources."""
    if not is_enforced():
        return True
    name = role.rpartition("/")[2]
    policies = _evaluator._gather_role_policies(name, account())
    boundary = _evaluator._permissions_boundary(_iam._roles, name, account())
    return bool(_evaluator.evaluate(_asked(action, "*", role), policies, *boundary).decision == "Allow")


def _asked(action: str, resource: str, principal: str, facts: Mapping[str, str] | None = None) -> Any:
    return _evaluator.EvalContext(
        principal_arn=principal,
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=region(),
        secure_transport=True,
        service_context=dict(facts or {}),
    )
