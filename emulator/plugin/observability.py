"""Composite alarms, Route 53 health checks and Budgets, which the emulator's CloudFormation lacks; and dashboards."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from typing import Any

from emulator.faults.answers import Refusal, handler_words
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import (
    Created,
    Properties,
    ResourceType,
    account,
    expect_success,
    physical_name,
    region,
    register,
    tag_map,
    unique_hex,
)

_cfn = borrow("services.cloudformation.provisioners", "_STACK_TAG_PROPERTY")
_cw = borrow(
    "services.cloudwatch",
    "_composite_alarms",
    "_dashboards",
    "_error",
    "_p",
    "_put_composite_alarm",
    "_put_dashboard",
    "_resource_tags",
    "cloudformation_put_dashboard",
)
_route53 = borrow("services.route53", "_health_checks", "_hc_caller_refs")
_responses = borrow("core.responses", "AccountScopedDict", "new_uuid")
_budgets = borrow("services.budgets", "_budgets", "_create_budget", "_notification_store", "_tags")


def _put_composite(name: str, properties: Properties) -> Created:
    request = {key: value for key, value in properties.items() if key != "Tags"}
    expect_success(name, _cw._put_composite_alarm({}, {**request, "AlarmName": name}, False, True))
    arn = f"arn:aws:cloudwatch:{region()}:{account()}:alarm:{name}"
    _cw._resource_tags[arn] = tag_map(properties)
    return name, {"Arn": arn}


def _create_composite(logical_id: str, properties: Properties, stack: str) -> Created:
    return _put_composite(properties.get("AlarmName") or physical_name(stack, logical_id, 255), properties)


def _delete_composite(name: str, _properties: Properties) -> None:
    _cw._composite_alarms.pop(name, None)
    _cw._resource_tags.pop(f"arn:aws:cloudwatch:{region()}:{account()}:alarm:{name}", None)


def _create_health_check(logical_id: str, properties: Properties, stack: str) -> Created:
    # By its name, which is another one where it replaces one of the same stack.
    digits = unique_hex(account(), physical_name(stack, logical_id), length=32)
    identifier = str(uuid.UUID(digits))
    configuration = copy.deepcopy(properties["HealthCheckConfig"])
    _route53._health_checks[identifier] = {
        "id": identifier,
        "caller_reference": digits,
        "config": configuration,
        "version": 1,
    }
    _route53._hc_caller_refs[digits] = identifier
    return identifier, {"HealthCheckId": identifier}


def _update_health_check(identifier: str, _old: Properties, new: Properties, stack: str) -> Created:
    check = _route53._health_checks.get(identifier)
    if check is None:
        return _create_health_check(identifier, new, stack)
    check["config"] = copy.deepcopy(new["HealthCheckConfig"])
    check["version"] += 1
    return identifier, {"HealthCheckId": identifier}


def _delete_health_check(identifier: str, _properties: Properties) -> None:
    check = _route53._health_checks.pop(identifier, None)
    if check is not None:
        _route53._hc_caller_refs.pop(check["caller_reference"], None)


def _as_text(value: Any) -> Any:
    """Budgets takes amounts as text; templates often hold numbers."""
    match value:
        case dict():
            return {key: _as_text(inner) for key, inner in value.items()}
        case bool() | str() | list():
            return value
        case int() | float():
            return str(value)
        case _:
            return value


def _create_budget(logical_id: str, properties: Properties, stack: str) -> Created:
    budget = copy.deepcopy(properties["Budget"])
    budget.setdefault("BudgetName", physical_name(stack, logical_id, 100))
    if "BudgetLimit" in budget:
        budget["BudgetLimit"] = _as_text(budget["BudgetLimit"])
    request = {
        "Budget": budget,
        "NotificationsWithSubscribers": properties.get("NotificationsWithSubscribers", []),
        "ResourceTags": properties.get("ResourceTags", []),
    }
    expect_success(logical_id, _budgets._create_budget(request))
    return budget["BudgetName"], {}


def _update_budget(name: str, _old: Properties, new: Properties, stack: str) -> Created:
    _delete_budget(name, {})
    return _create_budget(name, {**new, "Budget": {**new["Budget"], "BudgetName": name}}, stack)


def _delete_budget(name: str, _properties: Properties) -> None:
    _budgets._budgets.pop(name, None)
    _budgets._notification_store.pop(name, None)
    _budgets._tags.pop(f"arn:aws:budgets::{account()}:budget/{name}", None)


_NO_BODY = Refusal("InvalidParameterInput", 400, "The field DashboardBody must be a valid JSON object")


def _is_object(body: str) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _of_valid_body(original: Callable[[str, str], str]) -> Callable[[str, str], str]:
    def put(name: str, body: str) -> str:
        if not _is_object(body):
            raise ValueError(handler_words(_NO_BODY, "monitoring", _responses.new_uuid()))
        return original(name, body)

    return put


def _of_valid_body_in_call(original: Callable[..., Any]) -> Callable[..., Any]:
    def put(form: dict[str, Any], request: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        body = request.get("DashboardBody", "") if is_cbor or is_json else _cw._p(form, "DashboardBody")
        if not _is_object(body):
            return _cw._error(_NO_BODY.code, _NO_BODY.message, _NO_BODY.status, use_json=is_json, use_cbor=is_cbor)
        return original(form, request, is_cbor, is_json)

    return put


TYPES = (
    ResourceType(
        "AWS::CloudWatch::CompositeAlarm", _create_composite,
        lambda name, _old, new, _stack: _put_composite(name, new), _delete_composite, ("AlarmName",),
    ),
    ResourceType(
        "AWS::Route53::HealthCheck", _create_health_check, _update_health_check, _delete_health_check, tags=None
    ),
    ResourceType("AWS::Budgets::Budget", _create_budget, _update_budget, _delete_budget, tags=None),
)  # fmt: skip


def install() -> None:
    """Add the types of this module."""
    register(TYPES)
    # Those of an account are the same in all its regions; the emulator has them by region.
    replace(_cw, "_dashboards", lambda _by_region: _responses.AccountScopedDict())
    replace(_cw, "cloudformation_put_dashboard", _of_valid_body)
    replace(_cw, "_put_dashboard", _of_valid_body_in_call)
    _cfn._STACK_TAG_PROPERTY["AWS::Budgets::Budget"] = ("ResourceTags", "list")
