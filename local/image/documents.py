"""Component documents of Image Builder (AWSTOE, schema 1.0) as types; all that is wrong with one is told at once.

`read` gives a document that can be run, `problems` what keeps a file from being one. Nothing here runs anything.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from local.image.conditions import Expression
from local.image.problems import Location, Problem, line, place, said
from local.image.slips import slips

LONGEST_STEP_SECONDS = 7200

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{3,128}$")]


class DocumentError(Exception):
    """Files are no component documents.

    :param problems: everything that was found.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = list(problems)


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Parameter(Frozen):
    """A value that is given from outside; without a default it has to be."""

    type: Literal["string"]
    default: str | None = None
    description: str = ""


class Constant(Frozen):
    type: Literal["string"]
    value: str


class Range(Frozen):
    """The integers of a `for`, both ends included, none of which may be without end."""

    start: int
    end: int
    step: int = Field(alias="updateBy")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.step == 0 or (self.end - self.start) * self.step < 0:
            raise ValueError(f"counting from {self.start} to {self.end} by {self.step} never ends")
        return self

    def values(self) -> list[str]:
        return [str(value) for value in range(self.start, self.end + (1 if self.step > 0 else -1), self.step)]


class Delimited(Frozen):
    """One text that is taken apart at a character."""

    list: str
    delimiter: Literal[".", ",", ";", ":", "\n", "\t", " ", "-", "_"] = ","


class Loop(Frozen):
    """How often a step is done: for each of a list, of a delimited text, or of a range of integers."""

    name: Name | None = None
    for_each: list[str] | Delimited | None = Field(default=None, alias="forEach")
    for_range: Range | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.for_each is None) == (self.for_range is None):
            raise ValueError("a loop is either 'for' or 'forEach'")
        return self


class Condition(Frozen):
    """When a step is done.

    :param then: what happens where the expression is true, :param otherwise: where it is false.
    """

    expression: Expression
    then: Literal["Abort", "Execute", "Skip"] = "Execute"
    otherwise: Literal["Abort", "Execute", "Skip"] = "Skip"

    @model_validator(mode="before")
    @classmethod
    def _takes_apart(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        expression = {key: value for key, value in given.items() if key not in ("then", "else")}
        choices = {"then": given.get("then", "Execute"), "otherwise": given.get("else", "Skip")}
        return {"expression": expression, **choices}


class Step(Frozen):
    """One step: an action, and what to do when it fails; whether its inputs suit its action is no matter of types."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$")]
    action: str
    timeout_seconds: int = Field(default=LONGEST_STEP_SECONDS, alias="timeoutSeconds", ge=-1)
    on_failure: Literal["Abort", "Continue", "Ignore"] = Field(default="Abort", alias="onFailure")
    max_attempts: int = Field(default=1, alias="maxAttempts", ge=1)
    loop: Loop | None = None
    condition: Condition | None = Field(default=None, alias="if")
    inputs: Any = None

    @field_validator("timeout_seconds")
    @classmethod
    def _is_not_zero(cls, seconds: int) -> int:
        if seconds == 0:
            raise ValueError("0 would end the step before it began; -1 means without end")
        return seconds


class Phase(Frozen):
    name: str
    steps: list[Step] = Field(min_length=1)


class Document(Frozen):
    """One component document."""

    name: str
    description: str = ""
    schema_version: Literal["1.0"] = Field(alias="schemaVersion")
    parameters: dict[Name, Parameter] = {}
    constants: dict[Name, Constant] = {}
    phases: list[Phase] = Field(min_length=1)

    @field_validator("schema_version", mode="before")
    @classmethod
    def _is_text(cls, version: object) -> object:
        return str(version) if isinstance(version, float) else version

    @field_validator("parameters", "constants", mode="before")
    @classmethod
    def _joined(cls, entries: object) -> object:
        """Make one mapping of the list of mappings that the schema has."""
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise ValueError("has to be a list whose entries are '- <name>: {type: string, …}'")
        names = [name for entry in entries for name in entry]
        if twice := _twice(names):
            raise ValueError(f"{twice} is there twice")
        return {name: value for entry in entries for name, value in entry.items()}

    def phase(self, name: str) -> Phase | None:
        """Return a phase by its name, or None if the document has none of that name."""
        return next((phase for phase in self.phases if phase.name == name), None)


def read(path: Path) -> Document:
    """Return the document in a file.

    :raises DocumentError: with all that is wrong with it.
    """
    node, given = _load(path)
    found: list[tuple[Location, str]] = []
    try:
        document = Document.model_validate({"name": path.stem, **given})
    except ValidationError as error:
        found += said(error)
    found += slips(given)
    if found:
        told = {Problem(path, line(node, where), place(given, where), message): None for where, message in found}
        raise DocumentError(sorted(told, key=lambda problem: problem.line or 0))
    return document


def read_all(paths: Iterable[Path]) -> list[Document]:
    """Return the documents in files.

    :raises DocumentError: with all that is wrong with any of them.
    """
    paths = tuple(paths)
    if found := [problem for path in paths for problem in problems(path)]:
        raise DocumentError(found)
    return [read(path) for path in paths]


def problems(path: Path) -> list[Problem]:
    """Return everything that is wrong with a file; nothing where it is fine."""
    try:
        read(path)
    except DocumentError as error:
        return error.problems
    return []


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, of which YAML would silently take the last."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[object, object]:
    pairs = [(loader.construct_object(key, deep=True), key) for key, _value in node.value]
    if twice := _twice([key for key, _node in pairs]):
        mark = next(key_node for key, key_node in reversed(pairs) if key == twice).start_mark
        raise yaml.constructor.ConstructorError(problem=f"{twice} is there twice", problem_mark=mark)
    return {
        key: loader.construct_object(value, deep=True) for (key, _), (_, value) in zip(pairs, node.value, strict=True)
    }


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def _load(path: Path) -> tuple[yaml.Node, dict[str, object]]:
    """Return what YAML makes of a file: its nodes, which know their lines, and their values."""
    try:
        loader = _Loader(path.read_text())
        node = loader.get_single_node()
        given = None if node is None else loader.construct_document(node)
    except OSError as error:
        raise DocumentError([Problem(path, None, "", f"cannot be read: {error.strerror}")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is no YAML: {error.problem or error.context}"
        raise DocumentError([Problem(path, mark.line + 1 if mark else None, "", message)]) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise DocumentError([Problem(path, None, "", f"is no YAML: {' '.join(str(error).split())}")]) from error
    if node is None or not isinstance(given, dict):
        raise DocumentError([Problem(path, 1, "", "is no mapping, so it has neither schemaVersion nor phases")])
    return node, given


def _twice(names: Iterable[object]) -> object:
    there: set[object] = set()
    return next((name for name in names if name in there or there.add(name)), None)  # type: ignore[func-returns-value]
