"""What a build writes to its log: the lines of Image Builder's own executor of component documents.

The console of AWSTOE, as far as examples of it are public: the document, phase and step that it is at, begin and end of
each action, what a command prints, and its exit code. No command runs here, so none prints anything unless told to.
Source: "How AWSTOE manages components", and "Debug a failed image build" in aws-samples.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from emulator.image_builds.documents import DocumentStep

SUCCEEDED = "TOE has completed execution successfully"
FAILED = "TOE has completed execution with failure - Execution failed!"
COMMANDS = ("ExecuteBash", "ExecuteBinary", "ExecutePowerShell")
"""Actions that run a command."""


def lines_of(
    steps: Sequence[DocumentStep], *, output: Sequence[str] = (), culprit: DocumentStep | None = None, reason: str = ""
) -> list[str]:
    """Return the lines of one run of the executor, up to the step that fails.

    :param output: what the step that fails prints, or else the last one.
    :param culprit: the step that fails.
    :param reason: why, for example `exit status 1`.
    """
    done = steps[: steps.index(culprit)] if culprit else steps
    lines = list(_headed(done, output if not culprit else ()))
    if culprit:
        lines += _headings(culprit, done[-1] if done else None)
        lines += _failed(culprit, output or ([] if _is_exit(reason) else reason.splitlines()), reason)
        return [*lines, FAILED]
    return [*lines, "Executor: FINISHED EXECUTION OF ALL DOCUMENTS", SUCCEEDED]


def _headed(steps: Sequence[DocumentStep], output: Iterable[str]) -> Iterator[str]:
    before: DocumentStep | None = None
    for step in steps:
        yield from _headings(step, before)
        yield f"{step.action}: STARTED EXECUTION"
        if step is steps[-1]:
            yield from (f"CmdExecution: Stdout: {line}" for line in output)
        if step.action in COMMANDS:
            yield "CmdExecution: ExitCode 0"
        yield f"{step.action}: FINISHED EXECUTION"
        before = step


def _headings(step: DocumentStep, before: DocumentStep | None) -> Iterator[str]:
    is_new = before is None or before.component_arn != step.component_arn
    if is_new:
        yield f"Document {step.component_arn}"
    if is_new or (before is not None and before.phase != step.phase):
        yield f"Phase {step.phase}"
    yield f"Step {step.name}"


def _failed(step: DocumentStep, output: Iterable[str], reason: str) -> Iterator[str]:
    yield f"{step.action}: STARTED EXECUTION"
    if step.action in COMMANDS:
        yield from (f"CmdExecution: Stderr: {line}" for line in output)
        status = re.search(r"exit status (\d+)", reason)
        yield f"CmdExecution: ExitCode {status[1] if status else 1}"
    else:
        yield from (f"{step.action}: {line}" for line in output)
    yield f"{step.action}: FINISHED EXECUTION"


def _is_exit(reason: str) -> bool:
    return re.fullmatch(r"exit status \d+", reason) is not None
