"""What is known of a resource's properties before anything is deployed.

Parameters, conditions and mappings have their values then; what other resources give has not. Such values become
:class:`Unknown`, which passes every check; they are checked when they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_LATER = frozenset({"Fn::GetAtt", "Fn::ImportValue", "Fn::GetStackOutput", "Fn::Transform"})
"""Functions whose result only the deployment knows."""


class Unknown:
    """A value that only the deployment will tell; no two are equal."""

    def __repr__(self) -> str:
        return "(known when deployed)"


def known_part(
    value: Any,
    resources: frozenset[str],
    conditions: Mapping[str, bool],
    resolve: Callable[[Any], Any],
    nothing: object,
) -> Any:
    """Return a value of a template with what is known put in place.

    :param resources: logical ids of the template's resources.
    :param resolve: gives the value of an intrinsic function that refers to no resource; may raise.
    :param nothing: what it gives for `AWS::NoValue`; members with that value are left out.
    """

    def known(part: Any) -> Any:
        match part:
            case {"Fn::If": [str(name), yes, no]} if len(part) == 1:
                return known(yes if conditions.get(name) else no)
            case dict() if is_function(part):
                return Unknown() if waits_for_deployment(part, resources) else _resolved(part, resolve)
            case dict():
                members = {key: known(member) for key, member in part.items()}
                return {key: member for key, member in members.items() if member is not nothing}
            case list():
                return [item for item in map(known, part) if item is not nothing]
            case str() if "{{resolve:" in part:
                return Unknown()
            case _:
                return part

    return known(value)


def _resolved(function: Any, resolve: Callable[[Any], Any]) -> Any:
    try:
        return resolve(function)
    except Exception:
        # The deployment will meet the same error, and says it better.
        return Unknown()


def is_function(value: dict[str, Any]) -> bool:
    """Tell whether an object of a template is an intrinsic function."""
    return len(value) == 1 and ("Ref" in value or next(iter(value)).startswith("Fn::"))


def waits_for_deployment(value: Any, resources: frozenset[str]) -> bool:
    """Tell whether a value contains one that another resource gives."""
    match value:
        case {"Ref": name} if len(value) == 1:
            return name in resources
        case {"Fn::Sub": text} if len(value) == 1:
            template, *rest = text if isinstance(text, list) else [text]
            names = {part.partition("}")[0].strip() for part in str(template).split("${")[1:]}
            own = set(rest[0]) if rest and isinstance(rest[0], dict) else set()
            foreign = names - own
            # `${Bucket.Arn}` is an attribute; `${AWS::Region}` has no dot.
            is_later = any(name in resources or "." in name for name in foreign)
            return is_later or any(waits_for_deployment(part, resources) for part in rest)
        case dict():
            return any(key in _LATER or waits_for_deployment(part, resources) for key, part in value.items())
        case list():
            return any(waits_for_deployment(part, resources) for part in value)
        case str():
            return "{{resolve:" in value
        case _:
            return False
