"""The words in which CloudFormation refuses a template on its arrival.

For what users meet most they are those of AWS, from reports of users; for the rest they are cfn-lint's, with the place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from emulator.strict.linter import Finding

_QUOTED = re.compile(r"'([^']*)'")
_ATTRIBUTE = 3
"""Steps to an attribute of a resource: `Resources`, its logical id, the attribute."""


def refusal(findings: Sequence[Finding], template: dict[str, Any]) -> str:
    """Return the message of the `ValidationError`.

    :param findings: at least one.
    """
    circle = sorted({str(finding.path[1]) for finding in findings if finding.rule == "E3004"})
    words = [f"Circular dependency between resources: [{', '.join(circle)}]"] if circle else []
    words += [_words(finding, template) for finding in findings if finding.rule != "E3004"]
    return "; ".join(dict.fromkeys(words))


def _words(finding: Finding, template: dict[str, Any]) -> str:
    known = _unresolved(finding) or _attribute(finding, template) or _shape(finding)
    return known or f"Template error: {finding.message} (at {finding.place or '/'})"


def _unresolved(finding: Finding) -> str | None:
    """Return the words for a resource, parameter or condition that the template does not have."""
    if " is not one of " not in finding.message:
        return None
    where = f"in the {finding.path[0]} block of the template"
    is_name = finding.path[-1] in ("Ref", "DependsOn") or "'AWS::AccountId'" in finding.message
    if is_name:
        return f"Template format error: Unresolved resource dependencies [{_subject(finding)}] {where}"
    if finding.path[-1] == "Condition" or finding.path[-2:] == ("Fn::If", 0):
        return f"Template format error: Unresolved condition dependency {_subject(finding)} {where}"
    return None


def _attribute(finding: Finding, template: dict[str, Any]) -> str | None:
    if finding.path[-2:] == ("Fn::GetAtt", 0):
        return f"Template error: instance of Fn::GetAtt references undefined resource {_subject(finding)}"
    if finding.path[-2:] == ("Fn::GetAtt", 1):
        argument = _at(template, finding.path[:-1])
        owner = argument[0] if isinstance(argument, list) else str(argument).partition(".")[0]
        return f"Template error: resource {owner} does not support attribute type {_subject(finding)} in Fn::GetAtt"
    return None


def _shape(finding: Finding) -> str | None:
    """Return the words for what may not stand where it does, or is missing."""
    path, is_unexpected = finding.path, "unexpected" in finding.message
    match finding.rule:
        case "E1001" if is_unexpected:
            return f"Invalid template property or properties [{path[-1]}]"
        case "E3001" if is_unexpected and len(path) == _ATTRIBUTE:
            return f"Invalid template resource property '{path[-1]}'"
        case "E3001" if finding.message == "'Type' is a required property":
            return f"Template format error: [{finding.place}] Every Resources object must contain a Type member."
        case "E3001" if "does not match any of the regexes" in finding.message:
            return f"Template format error: Resource name {path[-1]} is non alphanumeric."
        case _:
            return None


def _subject(finding: Finding) -> str:
    match = _QUOTED.search(finding.message)
    return match[1] if match else finding.message


def _at(template: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        template = template[step]
    return template
