"""CloudFormation on the simulated clock: its events, its dates, and how long its operations seem to take.

Resources come into being as ever, one after another and at once. Under realistic time the events of an operation are
kept back, dated as they would be on AWS (:mod:`emulator.faults.schedule`), and shown when the clock gets there; the
operation is in progress until then. Other services keep to real time.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from emulator.faults.clock import Clock
from emulator.faults.durations import Operation as Kind
from emulator.faults.durations import Pace, seconds
from emulator.faults.schedule import Schedule
from emulator.plugin.borrowed import borrow, replace

_cfn = borrow("services.cloudformation", "_stack_events")
_stacks = borrow("services.cloudformation.stacks", "_add_event", "_topological_sort", "_extract_deps", "now_iso")
_starters = (
    borrow("services.cloudformation.handlers", "_create_stack_task_in_region", "now_iso"),
    borrow("services.cloudformation.changesets", "_create_stack_task_in_region", "now_iso"),
)
_STACK = "AWS::CloudFormation::Stack"

Event = dict[str, Any]
StackRecord = dict[str, Any]
Work = Coroutine[Any, Any, None]

_current: ContextVar[StackOperation | None] = ContextVar("slipway_stack_operation", default=None)


def iso(moment: float) -> str:
    """Return seconds since the epoch as CloudFormation writes them."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class StackOperation:
    """One operation on one stack, under realistic time.

    :param stack: its record.
    :param schedule: gives the moments.
    """

    def __init__(self, stack: StackRecord, schedule: Schedule) -> None:
        self.schedule = schedule
        self._stack = stack
        self._kept: list[tuple[float, Event]] = []
        self._status = str(stack["StackStatus"])

    @property
    def stack_id(self) -> str:
        """Whose events are kept back."""
        return str(self._stack["StackId"])

    def keep(self, event: Event) -> None:
        """Date an event, and keep it back."""
        if self._is_own(event):
            moment = self.schedule.phase()
        else:
            if event["ResourceStatusReason"].startswith("Requested update requires the creation"):
                self.schedule.replace(event["LogicalResourceId"])
            moment = self.schedule.moment(event["LogicalResourceId"], event["ResourceType"], event["ResourceStatus"])
        event["Timestamp"] = iso(moment)
        self._kept.append((moment, event))

    async def show(self, clock: Clock) -> None:
        """Show the kept events when the clock gets there; what the operation came to shows at the end."""
        final = str(self._stack["StackStatus"])
        outputs = self._stack.get("Outputs", [])
        self._stack["StackStatus"] = self._status
        if self._status == "CREATE_IN_PROGRESS":
            self._stack["Outputs"] = []
        self._hold_resources()
        for moment, event in sorted(self._kept, key=lambda kept: kept[0]):
            if moment > clock.now():
                await clock.sleep_until(moment)
            if self._stack["StackStatus"] != self._status:  # another operation has taken over
                return
            self._tell(event)
        self._stack["StackStatus"] = final
        self._stack["Outputs"] = outputs

    def _is_own(self, event: Event) -> bool:
        return bool(event["ResourceType"] == _STACK and event["PhysicalResourceId"] == self.stack_id)

    def _hold_resources(self) -> None:
        for _moment, event in self._kept:
            record = self._stack.get("_resources", {}).get(event["LogicalResourceId"])
            if record is not None and event["ResourceStatus"].endswith("_COMPLETE"):
                record["ResourceStatus"] = event["ResourceStatus"].replace("_COMPLETE", "_IN_PROGRESS")

    def _tell(self, event: Event) -> None:
        _cfn._stack_events.setdefault(self.stack_id, []).append(event)
        if self._is_own(event):
            self._status = self._stack["StackStatus"] = event["ResourceStatus"]
            return
        record = self._stack.get("_resources", {}).get(event["LogicalResourceId"])
        if record is not None:
            record["ResourceStatus"] = event["ResourceStatus"]
            record["Timestamp"] = event["Timestamp"]


class Timing:
    """How CloudFormation's time passes.

    :param clock: the simulated clock.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.is_realistic = False
        self.pace: Pace = "typical"

    def install(self) -> None:
        """Let CloudFormation follow the clock."""
        for module in (_stacks, *_starters):
            replace(module, "now_iso", lambda _original: lambda: iso(self.clock.now()))
        for module in _starters:
            replace(module, "_create_stack_task_in_region", self._start)
        replace(_stacks, "_add_event", _keeping)
        replace(_stacks, "_topological_sort", _telling_dependencies)

    def resume(self) -> None:
        """Go on after a restart: the clock must not show less than what has been dated with it."""
        newest = max(
            (event["Timestamp"] for _key, events in _cfn._stack_events.all_items() for event in events), default=""
        )
        if newest:
            self.clock.advance(max(0.0, datetime.fromisoformat(newest).timestamp() - self.clock.now()))

    async def slow_down(self, logical_id: str, extra: float) -> None:
        """Let the resource operation at hand take longer: on its schedule if it has one, else by waiting."""
        if not take_longer(logical_id, extra):
            await self.clock.sleep(extra)

    def _start(self, original: Callable[..., None]) -> Callable[..., None]:
        def start(work: Work, stack: StackRecord | None, stack_id: str | None = None) -> None:
            timed = self._run(work, stack) if self.is_realistic and stack else work
            original(timed, stack, stack_id)

        return start

    async def _run(self, work: Work, stack: StackRecord) -> None:
        operation = StackOperation(stack, Schedule(self.clock.now(), self._seconds))
        _current.set(operation)
        await work
        _current.set(None)
        await operation.show(self.clock)

    def _seconds(self, type_name: str, kind: Kind) -> float:
        return seconds(type_name, kind, self.pace)


def leave_untouched(logical_id: str) -> None:
    """Note that the update at hand has nothing to do at a resource."""
    operation = _current.get()
    if operation is not None:
        operation.schedule.leave_untouched(logical_id)


def take_longer(logical_id: str, extra: float) -> bool:
    """Let the resource operation at hand take longer on its schedule; tell whether it has one."""
    operation = _current.get()
    if operation is not None:
        operation.schedule.slow_down(logical_id, extra)
    return operation is not None


def _keeping(original: Callable[..., None]) -> Callable[..., None]:
    def add_event(stack_id: str, *arguments: Any, **more: Any) -> None:
        original(stack_id, *arguments, **more)
        operation = _current.get()
        if operation is not None and operation.stack_id == stack_id:
            operation.keep(_cfn._stack_events[stack_id].pop())

    return add_event


def _telling_dependencies(original: Callable[..., list[str]]) -> Callable[..., list[str]]:
    def sort(definitions: dict[str, Any], conditions: dict[str, Any]) -> list[str]:
        operation = _current.get()
        if operation is not None:
            names = set(definitions)
            operation.schedule.depend({name: _stacks._extract_deps(definitions[name], names) for name in names})
        return original(definitions, conditions)

    return sort
