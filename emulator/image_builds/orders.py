"""What the next builds are told to do: take their time, print something, fail, or hang."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from emulator.control import ControlError
from emulator.image_builds.workflows import DISTRIBUTE_AMI, STEP_NAMES

FAILURES = {
    "capacity": (
        "LaunchBuildInstance",
        "An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation (reached max "
        "retries: 4): We currently do not have sufficient capacity in the Availability Zone you requested. Our system "
        "will be working on provisioning additional capacity. in workflow step LaunchBuildInstance",
    ),
    "agent": (
        "LaunchBuildInstance",
        "An error occurred (InvalidInstanceId) when calling the SendCommand operation: Instances not in a valid state "
        "for account in workflow step LaunchBuildInstance",
    ),
    "command": (
        "ApplyBuildComponents",
        "ExpectationNotMet. ssm:ListCommandInvocations returned terminal state Failed in workflow step "
        "ApplyBuildComponents",
    ),
}
"""By name, failures of AWS itself and not of a component: the step where each happens, and what it says.

No capacity; the agent of the instance did not register; the command ended without a word of the executor.
Source: "Debug a failed image build" in aws-samples.
"""


@dataclass(frozen=True)
class Orders:
    """How a build goes.

    :param step_seconds: time that each step of a workflow takes, in seconds.
    :param fail_at: step of a workflow or of a component document at which the build fails; empty for none.
    :param fail_in: region that the image cannot be brought to; empty for none.
    :param hang_at: step of a workflow that never ends; empty for none. The build can still be cancelled.
    :param reason: what the failing step says.
    :param output: what the failing step of a document prints, or the last one if none fails; lines.
    :param times: number of builds that fail or hang; those after them go well.
    """

    step_seconds: float = 0.0
    fail_at: str = ""
    fail_in: str = ""
    hang_at: str = ""
    reason: str = "exit status 1"
    output: str = ""
    times: int = 1

    def spent(self) -> Orders:
        """Return the orders that are left after one more build has begun."""
        if not (self.fail_at or self.fail_in or self.hang_at):
            return self
        if self.times > 1:
            return replace(self, times=self.times - 1)
        return Orders(step_seconds=self.step_seconds)

    def as_record(self) -> dict[str, Any]:
        """Return the orders as plain values."""
        return asdict(self)


def from_arguments(arguments: dict[str, Any], document_steps: Collection[str] = ()) -> Orders:
    """Read orders that a user gave; `failure` names one of :data:`FAILURES`.

    :param document_steps: names of the steps of all component documents; where there are none yet, a build may fail at
        any step that will be.
    :raises ControlError: if a name or a value is wrong.
    """
    given = dict(arguments)
    failure = given.pop("failure", "")
    known = {field.name: field.type for field in fields(Orders)}
    for name in given.keys() - known.keys():
        raise ControlError(f"{name!r} is no setting of image builds; there are {', '.join([*known, 'failure'])}")
    orders = Orders(**{name: _value(name, value) for name, value in given.items()})
    _check_step("hang_at", orders.hang_at, STEP_NAMES)
    if document_steps:
        _check_step("fail_at", orders.fail_at, (*STEP_NAMES, *sorted(document_steps)))
    if failure and failure not in FAILURES:
        raise ControlError(f"failure is {failure!r}; there are {', '.join(FAILURES)}")
    if failure:
        step, reason = FAILURES[failure]
        return replace(orders, fail_at=step, reason=reason)
    return replace(orders, fail_at=orders.fail_at or DISTRIBUTE_AMI) if orders.fail_in else orders


def _value(name: str, value: Any) -> Any:
    match name:
        case "step_seconds" if isinstance(value, int | float) and 0 <= value <= 86_400:
            return float(value)
        case "times" if isinstance(value, int) and value >= 1:
            return value
        case "fail_at" | "fail_in" | "hang_at" | "reason" | "output" if isinstance(value, str):
            return value
    wanted = {"step_seconds": "a number of seconds from 0 to 86400", "times": "a whole number from 1"}
    raise ControlError(f"{name} is {value!r}; it must be {wanted.get(name, 'a text')}")


def _check_step(setting: str, name: str, steps: Sequence[str]) -> None:
    if name and name not in steps:
        near = difflib.get_close_matches(name, steps, 1, 0.5)
        guess = f" (do you mean {near[0]}?)" if near else ""
        raise ControlError(f"{setting} is {name!r}{guess}; steps: {', '.join(steps)}")
