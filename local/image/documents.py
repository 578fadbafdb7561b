"""Component documents of Image Builder (AWSTOE, schema 1.0) as types; all that is wrong with one is told at once.

`read` gives a document that can be run, `problems` what keeps a file from being one. Nothing here runs anything.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from local.image import inputs
from local.image.conditions import Expression
from local.image.expressions import references

STANDARD_PHASES = ("build", "validate", "test")
"""Of these a document has at least one; they are what Image Builder runs for a machine image."""

LONGEST_STEP_SECONDS = 7200

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{3,128}$")]


class DocumentError(Exception):
    """A file is no component document; carries every problem that was found.

    :param problems: one line each, with the file, the place in it, and what is wrong.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
    """One step: an action, and what to do when it fails."""

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

    @model_validator(mode="after")
    def _is_told_what_its_action_wants(self) -> Self:
        if self.action in inputs.WINDOWS_ACTIONS:
            raise ValueError(f"{self.action} is for Windows, and this image is Linux")
        if self.action not in inputs.ACTIONS:
            raise ValueError(f"there is no action {self.action!r}; known are {', '.join(inputs.ACTIONS)}")
        try:
            inputs.parse(self.action, self.inputs)
        except ValidationError as error:
            raise ValueError("; ".join(_said("inputs", error))) from error
        return self


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
    try:
        document = Document.model_validate({"name": path.stem, **_load(path)})
    except ValidationError as error:
        raise DocumentError([f"{path.name}: {line}" for line in _said("", error)]) from error
    if found := [f"{path.name}: {line}" for line in _slips(document)]:
        raise DocumentError(found)
    return document


def problems(path: Path) -> list[str]:
    """Return everything that is wrong with a file, one line each, with the place; nothing where it is fine."""
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


def _load(path: Path) -> dict[str, object]:
    try:
        found = yaml.load(path.read_text(), _Loader)  # noqa: S506, it is a safe loader
    except OSError as error:
        raise DocumentError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise DocumentError([f"{path.name}: is no YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(found, dict):
        raise DocumentError([f"{path.name}: is no mapping, so it has neither schemaVersion nor phases"])
    return found


def _said(prefix: str, error: ValidationError) -> Iterator[str]:
    for found in error.errors(include_url=False):
        place = ".".join(str(part) for part in (prefix, *found["loc"]) if part != "")
        message = found["msg"].removeprefix("Value error, ")
        shown = "" if isinstance(found["input"], dict | list) else f" (here is {found['input']!r})"
        yield f"{place}: {message[:1].lower()}{message[1:]}{shown}"


def _twice(names: Iterable[object]) -> object:
    there: set[object] = set()
    return next((name for name in names if name in there or there.add(name)), None)  # type: ignore[func-returns-value]


def _slips(document: Document) -> Iterator[str]:
    """Yield what the types cannot see: names that are there twice, and references to nothing."""
    if twice := _twice(phase.name for phase in document.phases):
        yield f"there are two phases {twice}; the name of a phase is unique"
    if twice := _twice([*document.parameters, *document.constants]):
        yield f"{twice} is a parameter and a constant"
    if not any(phase.name in STANDARD_PHASES for phase in document.phases):
        yield f"has none of the phases {', '.join(STANDARD_PHASES)}, so Image Builder would run nothing of it"
    before: dict[str, Step] = {}
    for phase in document.phases:
        if twice := _twice(step.name for step in phase.steps):
            yield f"phase {phase.name}: there are two steps {twice}; the name of a step is unique in its phase"
        if twice := _twice(step.loop.name for step in phase.steps if step.loop and step.loop.name):
            yield f"phase {phase.name}: there are two loops {twice}; the name of a loop is unique in its phase"
        for step in phase.steps:
            yield from (f"phase {phase.name}, step {step.name}: {line}" for line in _strangers(document, step, before))
            before[f"{phase.name}.{step.name}"] = step


def _strangers(document: Document, step: Step, before: dict[str, Step]) -> Iterator[str]:
    """Yield the references of a step that stand for nothing.

    :param before: the steps that have run by then, by phase and name.
    """
    used = [*references(step.inputs)]
    if step.condition:
        used += references(step.condition.expression)
    loops = ["loop", step.loop.name] if step.loop else []
    if step.loop:
        used += references(step.loop.model_dump())
    for reference in used:
        if reference in document.parameters or reference in document.constants:
            continue
        name, _, member = reference.rpartition(".")
        if name in loops and member in ("index", "value"):
            continue
        phase, _, rest = reference.partition(".")
        earlier = before.get(f"{phase}.{rest.partition('.')[0]}")
        if earlier is None:
            yield f"{{{{ {reference} }}}} is no parameter, no constant, nothing of an earlier step or of its loop"
        elif (wrong := _missing(earlier, rest.partition(".")[2])) is not None:
            yield f"{{{{ {reference} }}}}: {wrong}"


def _missing(step: Step, member: str) -> str | None:
    """Return why a step has no such member, for example `outputs.stdout` or `inputs[0].source`."""
    kind, _, name = member.partition(".")
    outputs = inputs.ACTIONS[step.action].outputs
    if kind.partition("[")[0] == "outputs" and name not in outputs:
        return f"{step.action} has the outputs {', '.join(sorted(outputs)) or '(none)'}"
    if kind.partition("[")[0] not in ("inputs", "outputs") or not name:
        return "after a step's name comes 'inputs' or 'outputs' and the name of one"
    return None
