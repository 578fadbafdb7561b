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
    return list(_steps(component_arn, content.get("phases") or [], phases))


def _steps(component_arn: str, declared: list[dict[str, object]], phases: tuple[str, ...]) -> Iterator[DocumentStep]:
    for phase in declared:
        steps = phase.get("steps")
        if phase.get("name") in phases and isinstance(steps, list):
            for step in steps:
                yield DocumentStep(component_arn, str(phase["name"]), str(step["name"]), str(step["action"]))
