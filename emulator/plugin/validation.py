"""Properties are held against the registry's schemas, at the two moments at which AWS does so.

1. Before a deployment, with what is known by then, and together with cfn-lint's rules about what services refuse. The
   change set fails, or the stack does before anything is made; DescribeEvents tells why.
2. When a resource is made or changed, with all values. The resource fails, and the stack is rolled back.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.operations import before_create, before_update
from emulator.plugin.resources import Properties, region
from emulator.plugin.templates import findings
from emulator.strict.known import known_part
from emulator.strict.properties import Violation, violations
from emulator.strict.registry import installed
from emulator.strict.rules import Moment
from emulator.strict.wording import before_deployment, while_deploying

_cloudformation = borrow("services.cloudformation", "_change_sets", "_stacks")
_handlers = borrow("services.cloudformation.handlers", "_ACTION_HANDLERS", "_resolve_stack")
_change_sets = borrow("services.cloudformation.changesets", "_find_change_set")
_engine = borrow("services.cloudformation.engine", "_NO_VALUE", "_evaluate_conditions", "_resolve_refs")
_helpers = borrow("services.cloudformation.helpers", "_p")
_operations = borrow(
    "services.cloudformation.stacks",
    "_operation_event",
    "_provision_resource",
    "_update_resource",
    "_validation_errors",
)
_provisioners = borrow(
    "services.cloudformation.provisioners", "_STACK_TAG_PROPERTY", "_provision_resource", "_update_resource"
)
_responses = borrow("core.responses", "new_uuid")

Error = tuple[str, str, str, str, str]
"""Logical id, type, name of the validation, path, reason."""

_HOOKS = {
    "PROPERTY_VALIDATION": "AWS::EarlyValidation::PropertyValidation",
    "NAME_CONFLICT_VALIDATION": "AWS::EarlyValidation::ResourceExistenceCheck",
}

_NOT_HERE = frozenset({("AWS::ElasticLoadBalancingV2::TargetGroup", ("HealthCheckIntervalSeconds",), "minimum")})
"""What the embedded AWS takes though AWS does not: tests have no time for five seconds between two health checks."""


def _before_deployment(original: Callable[..., list[Error]]) -> Callable[..., list[Error]]:
    def errors(
        resources: dict[str, Any], ordered: list[str], params: Any, conditions: dict[str, bool], *rest: Any
    ) -> list[Error]:
        mappings, stack_name, stack_id = rest[:3]

        def resolve(value: Any) -> Any:
            return _engine._resolve_refs(copy.deepcopy(value), {}, params, conditions, mappings, stack_name, stack_id)

        present = [name for name in ordered if conditions.get(resources[name].get("Condition", ""), True)]
        imported = _imported(stack_id)
        found = [
            error
            for error in original(resources, ordered, params, conditions, *rest)
            if error[0] not in imported or error[2] != "NAME_CONFLICT_VALIDATION"
        ]
        for name in present:
            found.extend(_schema_errors(name, resources, conditions, resolve))
        found.extend(_service_errors(resources, present))
        return list(
            {(path, reason): (name, kind, check, path, reason) for name, kind, check, path, reason in found}.values()
        )

    return errors


def _imported(stack_id: str) -> set[str]:
    """Return the resources that a change set of the stack is to import; that they are there already is in nobody's way.

    Only one that is made or executed at the moment counts.
    """
    return {
        name
        for change_set in _cloudformation._change_sets.values()
        if change_set["StackId"] == stack_id and change_set["ExecutionStatus"] in ("AVAILABLE", "EXECUTE_IN_PROGRESS")
        for name in change_set["_import_existing"]
    }


def _schema_errors(
    name: str, resources: dict[str, Any], conditions: dict[str, bool], resolve: Callable[[Any], Any]
) -> Iterator[Error]:
    kind = resources[name].get("Type", "")
    raw = resources[name].get("Properties") or {}
    known = known_part(raw, frozenset(resources), conditions, resolve, _engine._NO_VALUE)
    for violation in _violations(kind, known):
        path = "/".join(("", "Resources", name, "Properties", *map(str, violation.path)))
        yield name, kind, "PROPERTY_VALIDATION", path, before_deployment(violation)


def _service_errors(resources: dict[str, Any], present: list[str]) -> Iterator[Error]:
    for finding in findings(resources, Moment.DEPLOYMENT):
        # Below a condition it may be about a branch that is not taken.
        if finding.path[:1] == ("Resources",) and finding.path[1] in present and "Fn::If" not in finding.path:
            name = str(finding.path[1])
            yield name, resources[name].get("Type", ""), "PROPERTY_VALIDATION", finding.place, finding.message


def _violations(type_name: str, properties: Properties) -> list[Violation]:
    schema = installed().schema(type_name, region())
    wrong = [] if schema is None else violations(properties, schema)
    return [one for one in wrong if (type_name, one.path, one.keyword) not in _NOT_HERE]


def _require_valid(type_name: str, logical_id: str, properties: Properties) -> None:
    """Refuse a resource whose properties, all known now, are wrong.

    :raises ValueError: with the reason that the resource's event shows.
    """
    wrong = _violations(type_name, _without_stack_tags(type_name, properties))
    if wrong:
        raise ValueError(while_deploying(logical_id, wrong))


def _without_stack_tags(type_name: str, properties: Properties) -> Properties:
    """Leave out the tags that CloudFormation adds itself: no user could give one of those."""
    name, _form = _provisioners._STACK_TAG_PROPERTY.get(type_name, ("Tags", "list"))
    tags = properties.get(name)
    match tags:
        case list():
            own: Any = [tag for tag in tags if not str(tag.get("Key", "")).startswith("aws:")]
        case dict():
            own = {key: value for key, value in tags.items() if not key.startswith("aws:")}
        case _:
            return properties
    rest = {key: value for key, value in properties.items() if key != name}
    return {**rest, name: own} if own or not tags else rest


def _may_create(type_name: str, logical_id: str, properties: Properties, _stack: str) -> None:
    _require_valid(type_name, logical_id, properties)


def _may_update(
    type_name: str, _identifier: str, _before: Properties, after: Properties, _stack: str, logical_id: str
) -> None:
    _require_valid(type_name, logical_id, after)


def _validating_change_set(original: Callable[..., Any]) -> Callable[..., Any]:
    """A change set that cannot be deployed is FAILED from the start."""

    def create(params: dict[str, Any]) -> Any:
        answer = original(params)
        stack = _handlers._resolve_stack(_helpers._p(params, "StackName")) or {}
        _identifier, change_set = _change_sets._find_change_set(
            _helpers._p(params, "ChangeSetName"), stack.get("StackName", "")
        )
        if answer[0] == 200 and change_set is not None and change_set["ExecutionStatus"] == "AVAILABLE":
            _validate_change_set(change_set)
        return answer

    return create


def _validate_change_set(change_set: dict[str, Any]) -> None:
    stack = _cloudformation._stacks[change_set["StackName"]]
    if change_set["_disable_validation"] or change_set["ChangeSetType"] == "IMPORT":
        return
    template, params = change_set["_template"], change_set["_resolved_params"]
    resources = template.get("Resources", {})
    owned = {record.get("PhysicalResourceId") for record in stack.get("_resources", {}).values()}
    wrong = _operations._validation_errors(
        resources, list(resources), params, _engine._evaluate_conditions(template, params),
        template.get("Mappings", {}), stack["StackName"], stack["StackId"], frozenset(owned),
    )  # fmt: skip
    if wrong:
        hooks = sorted({_HOOKS[check] for _name, _kind, check, _path, _reason in wrong})
        reason = (
            f"The following hook(s)/validation failed: [{', '.join(hooks)}]. To troubleshoot Early Validation errors, "
            "use the DescribeEvents API for detailed failure information."
        )
        change_set.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=reason)
        change_set["_operation_id"] = _responses.new_uuid()
        stack["_operation_events"] = [_event(stack, change_set, error) for error in wrong]


def _event(stack: dict[str, Any], change_set: dict[str, Any], error: Error) -> Any:
    name, kind, check, path, reason = error
    return _operations._operation_event(
        stack["StackId"], change_set["_operation_id"], "VALIDATION_ERROR", "CREATE_CHANGESET",
        LogicalResourceId=name, ResourceType=kind, ValidationFailureMode="FAIL", ValidationName=check,
        ValidationStatus="FAILED", ValidationStatusReason=reason, ValidationPath=path,
    )  # fmt: skip


def _telling_of_change_sets(original: Callable[..., Any]) -> Callable[..., Any]:
    def describe(params: dict[str, Any]) -> Any:
        _identifier, change_set = _change_sets._find_change_set(_helpers._p(params, "ChangeSetName"))
        if change_set is not None and "_operation_id" in change_set:
            rest = {key: value for key, value in params.items() if key != "ChangeSetName"}
            params = {**rest, "StackName": change_set["StackId"], "OperationId": change_set["_operation_id"]}
        return original(params)

    return describe


def install() -> None:
    """Apply the corrections of this module."""
    replace(_operations, "_validation_errors", _before_deployment)
    for module in (_operations, _provisioners):
        replace(module, "_provision_resource", before_create(_may_create))
        replace(module, "_update_resource", before_update(_may_update))
    actions = _handlers._ACTION_HANDLERS
    actions["CreateChangeSet"] = _validating_change_set(actions["CreateChangeSet"])
    actions["DescribeEvents"] = _telling_of_change_sets(actions["DescribeEvents"])
