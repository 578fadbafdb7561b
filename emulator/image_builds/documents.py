"""Component documents, as far as the log of a build tells of them: which steps each phase has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import yaml


@dataclass(frozen=True)
class DocumentStep:
    """One step of a component document."""

    component_arn: str
    phase: str
    name: str
    action: str


def steps_of(component_arn: str, document: str, phases: tuple[str, ...]) -> list[DocumentStep]:
    """Return the steps of some phases of a document, in its order; none for a text that is no such document."""
    try:
        content = yaml.safe_load(document)
    except yaml.YAMLError:
        return []
    if not isinstance(content, dict):
        return []
    return list(_steps(component_arn, content.get("phases"), phases))


def _steps(component_arn: str, declared: object, phases: tuple[str, ...]) -> Iterator[DocumentStep]:
    for phase in _mappings(declared):
        if phase.get("name") in phases:
            for step in _mappings(phase.get("steps")):
                name, action = str(step.get("name", "")), str(step.get("action", ""))
                yield DocumentStep(component_arn, str(phase["name"]), name, action)


def _mappings(value: object) -> list[dict[str, object]]:
    """Return those elements of a list that are mappings; documents come from outside, and may hold anything."""
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []
