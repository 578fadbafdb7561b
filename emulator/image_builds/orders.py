"""What the next builds are told to do: take their time, fail, or hang."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from emulator.control import ControlError
from emulator.image_builds.workflows import STEP_NAMES


@dataclass(frozen=True)
class Orders:
    """How a build goes.

    :param step_seconds: time that each step of a workflow takes, in seconds.
    :param fail_at: step of a workflow or of a component document at which the build fails; empty for none.
    :param hang_at: step of a workflow that never ends; empty for none. The build can still be cancelled.
    :param reason: what the failing step says.
    :param times: number of builds that fail or hang; those after them go well.
    """

    step_seconds: float = 0.0
    fail_at: str = ""
    hang_at: str = ""
    reason: str = "exit status 1"
    times: int = 1

    def spent(self) -> Orders:
        """Return the orders that are left after one more build has begun."""
        if self.times > 1:
            return replace(self, times=self.times - 1)
        return replace(self, fail_at="", hang_at="", times=1)

    def as_record(self) -> dict[str, Any]:
        """Return the orders as plain values."""
        return asdict(self)


def from_arguments(arguments: dict[str, Any]) -> Orders:
    """Read orders that a user gave.

    :raises ControlError: if a name or a value is wrong.
    """
    known = {field.name: field.type for field in fields(Orders)}
    for name in arguments.keys() - known.keys():
        raise ControlError(f"{name!r} is no setting of image builds; there are {', '.join(known)}")
    orders = Orders(**{name: _value(name, value) for name, value in arguments.items()})
    if orders.hang_at and orders.hang_at not in STEP_NAMES:
        raise ControlError(f"hang_at is {orders.hang_at!r}{_nearest(orders.hang_at)}; steps: {', '.join(STEP_NAMES)}")
    return orders


def _value(name: str, value: Any) -> Any:
    match name:
        case "step_seconds" if isinstance(value, int | float) and 0 <= value <= 86_400:
            return float(value)
        case "times" if isinstance(value, int) and value >= 1:
            return value
        case "fail_at" | "hang_at" | "reason" if isinstance(value, str):
            return value
    wanted = {"step_seconds": "a number of seconds from 0 to 86400", "times": "a whole number from 1"}
    raise ControlError(f"{name} is {value!r}; it must be {wanted.get(name, 'a text')}")


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, STEP_NAMES, 1, 0.5)
    return f" (do you mean {near[0]}?)" if near else ""
