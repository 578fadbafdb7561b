"""Mistakes in a component document that its types cannot see: names that are there twice, references to nothing.

It looks at what YAML gives, so that it tells its part even where the types have found something wrong, too. What is no
mapping or list where one has to be is passed over: of that the types tell.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from local.image import inputs
from local.image.expressions import references
from local.image.problems import Location, said

STANDARD_PHASES = ("build", "validate", "test")
"""What Image Builder runs for a machine image."""

Entry = Mapping[str, Any]


def slips(document: Entry) -> Iterator[tuple[Location, str]]:
    """Yield each mistake with its place."""
    values = set(_names(document.get("parameters")))
    for name in _names(document.get("constants")):
        if name in values:
            yield ("constants", name), f"{name} is a parameter and a constant"
    known = _Known(values | set(_names(document.get("constants"))), {})
    phases: set[object] = set()
    for position, phase in _entries(document.get("phases")):
        here: Location = ("phases", position)
        name = _text(phase.get("name"))
        if name and name not in STANDARD_PHASES:
            yield here, f"there is no phase {name!r}, so nothing of it would run; allowed are build, validate, test"
        if name and name in phases:
            yield here, f"there are two phases {name}; the name of a phase is unique"
        phases.add(name)
        yield from _steps(phase, name, here, known)


@dataclass(frozen=True)
class _Known:
    """What references may name: parameters and constants, and the steps that have run by then."""

    values: set[str]
    steps: dict[str, Entry]


def _steps(phase: Entry, phase_name: str, above: Location, known: _Known) -> Iterator[tuple[Location, str]]:
    steps: set[str] = set()
    loops: set[str] = set()
    for position, step in _entries(phase.get("steps")):
        here: Location = (*above, "steps", position)
        name = _text(step.get("name"))
        if name and name in steps:
            yield here, f"there are two steps {name}; the name of a step is unique in its phase"
        loop = step.get("loop")
        loop_name = _text(loop.get("name")) if isinstance(loop, dict) else ""
        if loop_name and loop_name in loops:
            yield (*here, "loop"), f"there are two loops {loop_name}; the name of a loop is unique in its phase"
        steps.add(name)
        loops.add(loop_name)
        yield from ((here + where, message) for where, message in _told(step))
        own = {"loop", loop_name} if isinstance(loop, dict) else set()
        for key in ("inputs", "if", "loop"):
            for reference in references(step.get(key)):
                if wrong := _stranger(reference, own, known):
                    yield (*here, key), f"{{{{ {reference} }}}} {wrong}"
        known.steps[f"{phase_name}.{name}"] = step


def _told(step: Entry) -> Iterator[tuple[Location, str]]:
    """Yield what is wrong with a step's action, or with what that is told."""
    action, told = _text(step.get("action")), step.get("inputs")
    if not action:
        return
    if action in inputs.WINDOWS_ACTIONS:
        yield ("action",), f"{action} is for Windows, and this image is Linux"
        return
    if action not in inputs.ACTIONS:
        yield ("action",), f"there is no action {action!r}; known are {', '.join(inputs.ACTIONS)}"
        return
    # Each entry of a list alone, so that all that is wrong is told with its position.
    parts: list[tuple[Location, object]] = [((), told)]
    if inputs.ACTIONS[action].many and isinstance(told, list) and told:
        parts = [((position,), [entry]) for position, entry in enumerate(told)]
    for where, part in parts:
        try:
            inputs.parse(action, part)
        except ValidationError as error:
            for location, message in said(error):
                # What is not in the document: the list of one entry, and the name that Assert's list has with us.
                inner = location[1:] if location[:1] in ((0,), ("expressions",)) else location
                yield ("inputs", *where, *inner), message


def _stranger(reference: str, loops: set[str], known: _Known) -> str | None:
    """Return why a reference stands for nothing, or None."""
    if reference in known.values:
        return None
    name, _, member = reference.rpartition(".")
    if name in loops and member in ("index", "value"):
        return None
    phase, _, rest = reference.partition(".")
    step, _, member = rest.partition(".")
    earlier = known.steps.get(f"{phase}.{step}")
    if earlier is None:
        return "is no parameter, no constant, nothing of an earlier step or of its loop"
    kind, _, name = member.partition(".")
    kind = kind.partition("[")[0]
    action = _text(earlier.get("action"))
    if kind == "outputs" and action in inputs.ACTIONS and name not in inputs.ACTIONS[action].outputs:
        return f"is not there: {action} has the outputs {', '.join(sorted(inputs.ACTIONS[action].outputs)) or '(none)'}"
    if kind not in ("inputs", "outputs") or not name:
        return "is incomplete: after a step's name comes 'inputs' or 'outputs' and the name of one"
    return None


def _entries(given: object) -> Iterator[tuple[int, Entry]]:
    for position, entry in enumerate(given if isinstance(given, list) else ()):
        if isinstance(entry, dict):
            yield position, entry


def _names(given: object) -> list[str]:
    """Return the names of parameters or constants: a list of mappings, as the schema has it."""
    return [str(name) for _, entry in _entries(given) for name in entry]


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""
