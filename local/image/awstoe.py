"""Runs component documents in AWSTOE's order and with its semantics: attempts, timeouts, loops, conditions, failures.

It knows nothing of how the machine is made; see :mod:`local.image.actions` for what it asks of one. It never prints:
who wants to see progress is told of each step as it begins and ends.

Sources: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html, toe-looping-constructs.html
and toe-conditional-constructs.html beside it; the order of the phases: manage-components.html there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from local.image.actions import ActionError, Machine, Outside, Place, RebootWanted, TimedOut, perform
from local.image.conditions import holds
from local.image.documents import Condition, Delimited, Document, Loop, Step
from local.image.expressions import UnknownReference, resolved

MOST_REBOOTS = 10
"""A step that asks for more restarts than this will ask for ever."""


class Status(StrEnum):
    SUCCESS = "success"
    SKIPPED = "skipped"
    FAILED = "failed"
    IGNORED = "ignored failure"


@dataclass(frozen=True)
class StepResult:
    """How one step went.

    :param seconds: how long it took, all attempts together.
    :param grown: bytes by which the disk grew.
    :param cause: why it failed; empty where it did not.
    """

    document: str
    phase: str
    step: str
    status: Status
    seconds: float
    grown: int = 0
    attempts: int = 1
    cause: str = ""


class Argument(Exception):  # noqa: N818
    """What a document was given does not fit its parameters; the message says which."""


def refuse_undeclared(documents: Sequence[Document], names: Iterable[str]) -> None:
    """Refuse values that would be for nothing.

    :raises Argument: if there is a name that no document has a parameter of.
    """
    there = sorted({name for document in documents for name in document.parameters})
    if unknown := sorted(set(names) - set(there)):
        known = f"there are {', '.join(there)}" if there else "they have none"
        raise Argument(f"no document has a parameter {', '.join(unknown)}; {known}")


class BuildFailed(Exception):  # noqa: N818
    """A step failed, so the build ended.

    :param result: the step that failed first.
    """

    def __init__(self, result: StepResult) -> None:
        super().__init__(f"{result.document}, phase {result.phase}, step {result.step}: {result.cause}")
        self.result = result


@dataclass
class Executor:
    """Runs documents on one machine.

    :param arguments: values of the parameters, by name; each document takes those that it declares.
    :param used: tells how many bytes are on the disk.
    :param begun: is told the document, phase and name of each step that begins.
    :param ended: is told how each step ended.
    :param clock: seconds that only grow.
    """

    machine: Machine
    outside: Outside
    arguments: Mapping[str, str] = field(default_factory=dict)
    used: Callable[[], int] = lambda: 0
    begun: Callable[[str, str, str], None] = lambda _document, _phase, _step: None
    ended: Callable[[StepResult], None] = lambda _result: None
    clock: Callable[[], float] = time.monotonic

    def run(self, documents: Sequence[Document], phase: str) -> list[StepResult]:
        """Run one phase of all documents, one document after the other.

        :raises Argument: before anything is run, if a parameter has no value.
        :raises BuildFailed: after the last step that still had to run, if a step failed.
        """
        values = [self._values(document) for document in documents]
        results: list[StepResult] = []
        for document, known in zip(documents, values, strict=True):
            results += _Phase(self, document, phase, known).run()
            failed = next((result for result in results if result.status is Status.FAILED), None)
            if failed:
                raise BuildFailed(failed)
        return results

    def _values(self, document: Document) -> dict[str, str]:
        values = {name: constant.value for name, constant in document.constants.items()}
        for name, parameter in document.parameters.items():
            value = self.arguments.get(name, parameter.default)
            if value is None:
                raise Argument(f"{document.name}: the parameter {name} has no value and no default; give {name}=…")
            values[name] = value
        return values


class _Phase:
    """One phase of one document, and what its steps were told and gave."""

    def __init__(self, executor: Executor, document: Document, name: str, values: Mapping[str, str]) -> None:
        self._executor = executor
        self._document = document
        self._name = name
        self._values = values
        self._told: dict[str, object] = {}
        self._given: dict[str, dict[str, str]] = {}
        # Steps of earlier phases may be referred to; what they were told is known without running them again.
        for phase in document.phases:
            for step in phase.steps:
                self._told[f"{phase.name}.{step.name}"] = step.inputs

    def run(self) -> list[StepResult]:
        phase = self._document.phase(self._name)
        results: list[StepResult] = []
        for step in phase.steps if phase else ():
            self._executor.begun(self._document.name, self._name, step.name)
            results.append(self._step(step))
            self._executor.ended(results[-1])
            if results[-1].status is Status.FAILED and step.on_failure == "Abort":
                break
        return results

    def _step(self, step: Step) -> StepResult:
        began, before = self._executor.clock(), self._executor.used()
        status, cause, attempts = Status.SUCCESS, "", 0
        try:
            if not self._is_wanted(step.condition, began):
                status = Status.SKIPPED
            while status is Status.SUCCESS:
                attempts += 1
                cause = self._attempt(step)
                if not cause or attempts == step.max_attempts:
                    break
        except (ActionError, UnknownReference) as error:
            cause = str(error)
        if cause:
            status = Status.IGNORED if step.on_failure == "Ignore" else Status.FAILED
        return StepResult(
            document=self._document.name,
            phase=self._name,
            step=step.name,
            status=status,
            seconds=self._executor.clock() - began,
            grown=self._executor.used() - before,
            attempts=attempts,
            cause=cause,
        )

    def _is_wanted(self, condition: Condition | None, began: float) -> bool:
        if condition is None:
            return True
        expression = resolved(condition.expression, self._lookup({}))
        if not isinstance(expression, dict):
            raise ActionError(f"{expression} is no condition")
        true = holds(expression, self._place(None, began))
        choice = condition.then if true else condition.otherwise
        if choice == "Abort":
            raise ActionError(f"its condition is {str(true).lower()}, and then it aborts: {expression}")
        return choice == "Execute"

    def _attempt(self, step: Step) -> str:
        """Run all iterations of a step once; return why it failed, or an empty text."""
        began = self._executor.clock()
        limit = None if step.timeout_seconds < 0 else float(step.timeout_seconds)
        outputs: list[dict[str, str]] = []
        for names in self._iterations(step.loop):
            try:
                outputs.append(self._iteration(step, names, self._place(limit, began)))
            except TimedOut:
                return f"ran longer than {step.timeout_seconds} s and was ended"
            except ActionError as error:
                return f"{error} (iteration {names['loop.index']})" if step.loop else str(error)
        keys = {key for output in outputs for key in output}
        joined = {key: "\n".join(output[key] for output in outputs if key in output) for key in keys}
        self._given[f"{self._name}.{step.name}"] = joined
        return ""

    def _iteration(self, step: Step, names: Mapping[str, str], place: Place) -> dict[str, str]:
        told = resolved(step.inputs, self._lookup(names))
        for _ in range(MOST_REBOOTS + 1):
            try:
                return perform(step.action, told, place)
            except RebootWanted:
                self._executor.machine.reboot()
        raise ActionError(f"asked for more than {MOST_REBOOTS} restarts")

    def _place(self, limit: float | None, began: float) -> Place:
        def left() -> float | None:
            return None if limit is None else max(0.0, limit - (self._executor.clock() - began))

        return Place(self._executor.machine, self._executor.outside, left)

    def _iterations(self, loop: Loop | None) -> Iterator[dict[str, str]]:
        """Yield the names that hold in each iteration, of which there is one without a loop."""
        if loop is None:
            yield {}
            return
        for index, value in enumerate(self._loop_values(loop)):
            own = ("loop", *([loop.name] if loop.name else []))
            yield {f"{name}.{key}": found for name in own for key, found in (("index", str(index)), ("value", value))}

    def _loop_values(self, loop: Loop) -> list[str]:
        if loop.for_range:
            return loop.for_range.values()
        each = loop.for_each
        if isinstance(each, Delimited):
            return str(resolved(each.list, self._lookup({}))).split(each.delimiter)
        return [str(resolved(value, self._lookup({}))) for value in each or ()]

    def _lookup(self, names: Mapping[str, str]) -> Callable[[str], str]:
        def looked_up(reference: str) -> str:
            if reference in names:
                return names[reference]
            return self._values[reference] if reference in self._values else self._chained(reference)

        return looked_up

    def _chained(self, reference: str) -> str:
        """Return an input or output of another step, by `phase.step.inputs[0].source` or the like."""
        found = re.fullmatch(r"([\w-]+\.[\w-]+)\.(inputs|outputs)(?:\[(\d+)\])?\.([\w-]+)(?:\[(\d+)\])?", reference)
        if not found:
            raise UnknownReference(reference)
        step, kind, index, name, entry = found.groups()
        there: object = self._told.get(step) if kind == "inputs" else self._given.get(step)
        for key in (int(index) if index and kind == "inputs" else None, name, int(entry) if entry else None):
            try:
                there = there if key is None else there[key]  # type: ignore[index]
            except (KeyError, IndexError, TypeError) as error:
                raise UnknownReference(reference) from error
        return str(resolved(there, self._lookup({})))
