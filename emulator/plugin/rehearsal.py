"""The control commands about faults and time: `faults-*`, `clock`, `durations`, `timeline`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from emulator.control import Control, ControlError
from emulator.faults.clock import MAX, Clock
from emulator.faults.connection import UnansweredError, hang_up
from emulator.faults.durations import PACES, describe
from emulator.faults.reading import RuleError, read_rule
from emulator.faults.rules import RuleBook
from emulator.plugin import clock
from emulator.plugin.borrowed import borrow
from emulator.plugin.faults import Injector
from emulator.plugin.timing import Timing
from emulator.plugin.vocabulary import known

_cfn = borrow("services.cloudformation", "_stack_events", "_stacks")

Answer = dict[str, Any]
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

YEAR = 365 * 24 * 3600
FURTHEST = 10 * YEAR
"""How far the clock can be put forward in all, in seconds; dates far beyond cannot be written any more."""

_EVENT = (
    "LogicalResourceId",
    "PhysicalResourceId",
    "ResourceType",
    "ResourceStatus",
    "ResourceStatusReason",
    "Timestamp",
)


class Rehearsal:
    """Faults and time of one emulator.

    :param real: returns real time in seconds since the epoch.
    """

    def __init__(self, real: Callable[[], float]) -> None:
        self.timing = Timing(Clock(real))
        self._forward = 0.0
        self._book = RuleBook()
        self._injector = Injector(self._book, self.timing)

    def install(self, application: Application) -> Application:
        """Put it into the emulator, after all other areas, around whose work it stands; return what to serve instead.

        :param application: the emulator (ASGI).
        """
        self.timing.install()
        self._injector.install()
        clock.use(self._time)

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await application(scope, receive, self._when_loaded(send) if scope["type"] == "lifespan" else send)
            except UnansweredError as fault:
                await hang_up(scope, fault)

        return serve

    def _time(self) -> float:
        """The time of all else that keeps time here: real, until a user says that more has passed."""
        return self.timing.clock.real() + self._forward

    def _when_loaded(self, send: Send) -> Send:
        async def forward(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.timing.resume()
            await send(message)

        return forward

    def offer(self, control: Control) -> None:
        """Add the commands."""
        for name, command in (
            ("faults-add", self._add),
            ("faults-list", lambda _arguments: {"faults": self._book.describe()}),
            ("faults-remove", self._remove),
            ("faults-clear", lambda _arguments: {"removed": self._book.clear()}),
            ("clock", self._clock),
            ("durations", lambda arguments: {"durations": describe(_text("type", arguments.get("type", "*")))}),
            ("timeline", _timeline),
        ):
            control.add(name, command)

    def _add(self, arguments: dict[str, Any]) -> Answer:
        try:
            rule = read_rule(arguments, known())
        except RuleError as error:
            raise ControlError(str(error)) from error
        return {"id": self._book.add(rule, self.timing.clock.now()), **rule.settings()}

    def _remove(self, arguments: dict[str, Any]) -> Answer:
        wanted = _texts("ids", arguments.get("ids", []))
        there = self._book.identifiers()
        missing = [identifier for identifier in wanted if identifier not in there]
        if missing or not wanted:
            listed = ", ".join(there) or "no faults at all"
            raise ControlError(f"there is no fault {', '.join(missing) or 'without an id'}; there are {listed}")
        for identifier in wanted:
            self._book.remove(identifier)
        return {"removed": len(wanted)}

    def _clock(self, arguments: dict[str, Any]) -> Answer:
        timing = self.timing
        speed = _number("speed", arguments.get("speed", timing.clock.speed), 1)
        forward = _number("advance", arguments.get("advance", 0), 0)
        self._check_advance(forward, arguments.get("advance"))
        pace = arguments.get("pace", timing.pace)
        if pace not in PACES:
            raise ControlError(f"there is no pace {pace!r}; there are {', '.join(PACES)}")
        realistic = arguments.get("realistic", timing.is_realistic)
        if not isinstance(realistic, bool):
            raise ControlError(f"realistic is {realistic!r}, but must be true or false")
        timing.pace, timing.is_realistic = pace, realistic
        timing.clock.set_speed(speed)
        timing.clock.advance(forward)
        self._forward += forward
        return {
            "simulated": timing.clock.now(),
            "real": timing.clock.real(),
            "speed": "max" if speed == MAX else speed,
            "realistic": timing.is_realistic,
            "pace": timing.pace,
        }

    def _check_advance(self, seconds: float, said: object) -> None:
        if seconds == MAX:
            raise ControlError(f"advance is {said!r}, but must be a number of seconds of at least 0")
        if self._forward + seconds > FURTHEST:
            raise ControlError(
                f"advance is {said!r}, but the clock can be put forward by at most {FURTHEST // YEAR} years "
                f"({FURTHEST} seconds) in all, and was by {self._forward:g} seconds so far\n"
                "  next: say fewer seconds; 'python -m emulator restart' brings real time back"
            )


def _number(name: str, value: object, least: float) -> float:
    """Read a number, or `max`.

    :raises ControlError: if it is neither, or too small.
    """
    try:
        number = MAX if value == "max" else float(str(value))
    except ValueError:
        number = -1.0
    if not number >= least:
        allowed = f"a number of at least {least:g}{', or max' if name == 'speed' else ''}"
        raise ControlError(f"{name} is {value!r}, but must be {allowed}")
    return number


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ControlError(f"{name} is {value!r}, but must be a text")
    return value


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ControlError(f"{name} is {value!r}, but must be a list of texts")
    return value


def _timeline(arguments: dict[str, Any]) -> Answer:
    wanted = _text("stack", arguments.get("stack", ""))
    found = [record for _key, record in _cfn._stacks.all_items() if wanted in (record["StackName"], record["StackId"])]
    if not found:
        names = sorted({record["StackName"] for _key, record in _cfn._stacks.all_items()})
        raise ControlError(f"there is no stack {wanted!r}; there are {', '.join(names) or 'none'}")
    events = dict(_events_by_stack()).get(found[-1]["StackId"], [])
    ordered = sorted(events, key=lambda event: event["Timestamp"])
    return {"events": [{name: event.get(name, "") for name in _EVENT} for event in ordered]}


def _events_by_stack() -> list[tuple[str, list[dict[str, Any]]]]:
    return [(key[-1] if isinstance(key, tuple) else key, events) for key, events in _cfn._stack_events.all_items()]
