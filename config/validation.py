"""Validate merged values against a model, and find all that is wrong, not only what pydantic meets first.

Pydantic checks the rules of a model only when all its fields are good, and stops at the first rule that is broken. So
what was found bad is taken out and the rest is validated again, until nothing new comes up. Nothing is mended here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config.positions import Document, Path, Source, Value
from config.problems import Problem
from config.reference import Reference, reference_of
from config.translation import Finding, translate


def validate[Model: BaseModel](model: type[Model], document: Document) -> Model | list[Problem]:
    """Return the model's instance, or all problems of the values.

    :param document: merged values with their places; a value may be replaced by its text.
    """
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        if not _take_as_written(document, error):
            return _all_problems(model, document, error)
    return validate(model, document)


_FROM_TEXT: dict[str, TypeAdapter[Value]] = {
    "string_type": TypeAdapter(str),
    "int_type": TypeAdapter(int),
    "float_type": TypeAdapter(float),
    "bool_type": TypeAdapter(bool),
}
"""How an override's text is read where pydantic finds that YAML read something else."""


def _take_as_written(document: Document, error: ValidationError) -> bool:
    """Replace values that YAML read as something else than they are meant as; tell if there were any."""
    replaced = False
    for item in error.errors(include_url=False):
        source, mapping = document.sources.get(item["loc"]), _mapping_of(document.values, item["loc"])
        if source is None or source.text is None or mapping is None:
            continue
        meant = _meant(item, source, source.text)
        if meant is not item["input"]:
            mapping[str(item["loc"][-1])] = meant
            replaced = True
    return replaced


def _meant(item: ErrorDetails, source: Source, text: str) -> Value:
    """Return what a value is meant as, or the same value.

    An override is text that has no quotes of its own, so YAML reads a number from `account=123456789012`, and from
    `fleet.deletion_protection=1`; in a file that is a mistake. One of several names, such as the mode `off`, is meant
    as written in a file as well, though YAML reads `off` as false.
    """
    written: Value = item["input"]
    if item["type"] == "enum":
        return written if isinstance(written, str) else text
    if item["type"] not in _FROM_TEXT or source.line is not None:
        return written
    try:
        return _FROM_TEXT[item["type"]].validate_python(written if isinstance(written, str) else text)
    except ValidationError:
        return written


def _all_problems(model: type[BaseModel], document: Document, error: ValidationError) -> list[Problem]:
    reference = reference_of(model)
    rest = Document(copy.deepcopy(document.values), document.sources, strengths=document.strengths)
    taken_out: set[Path] = set()
    problems: list[Problem] = []
    findings = translate(error, rest, reference)
    while True:
        problems += [finding.problem for finding in findings if not _touch(finding.paths, taken_out)]
        paths = {path for finding in findings for path in finding.paths} - taken_out
        if not _take_out(rest.values, paths):
            return problems
        # Without a section that failed, rules of what is around it would judge something that nobody wrote.
        taken_out |= paths | {path[:-1] for path in paths if len(path) > 1 and reference.keys(path)}
        findings = _validate_again(model, rest, reference)


def _touch(paths: Iterable[Path], taken_out: Iterable[Path]) -> bool:
    """Return whether a finding is about what was taken out, part of it, or what held it."""
    known = list(taken_out)
    return any(path[: len(gone)] == gone or gone[: len(path)] == path for path in paths for gone in known)


def _validate_again(model: type[BaseModel], rest: Document, reference: Reference) -> list[Finding]:
    try:
        model.model_validate(rest.values)
    except ValidationError as error:
        return translate(error, rest, reference)
    return []


def _take_out(values: dict[str, Value], paths: Iterable[Path]) -> bool:
    """Remove the values at the paths, a list as a whole, and return whether any was there."""
    removed = False
    for path in paths:
        mapping = _mapping_of(values, path)
        if mapping is not None and str(path[-1]) in mapping:
            del mapping[str(path[-1])]
            removed = True
    return removed


def _mapping_of(values: dict[str, Value], path: Path) -> dict[str, Value] | None:
    """Return the mapping that holds the last key of a path, or `None` where there is none."""
    mapping = values
    for key in path[:-1]:
        inner = mapping.get(str(key))
        if not isinstance(inner, dict):
            return None
        mapping = inner
    return mapping if path else None
