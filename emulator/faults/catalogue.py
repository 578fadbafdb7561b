"""What can go wrong: every fault by name, what it does, where it can strike, and which settings it takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    """What is about to happen when a fault strikes."""

    REQUEST = "request"
    """A client calls an API."""
    CREATE = "create"
    """CloudFormation makes a resource."""
    UPDATE = "update"
    """CloudFormation changes a resource."""
    DELETE = "delete"
    """CloudFormation removes a resource."""
    INVOKE = "invoke"
    """A Lambda function runs."""


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    :param name: as the command line calls it.
    :param summary: what it does, in one sentence.
    :param moments: where it can strike.
    :param settings: which of `code`, `status`, `message` and `seconds` it takes.
    :param seconds: the default of `seconds`; None if it has none.
    :param once: whether it strikes once unless told otherwise.
    :param owned: whether it strikes only at a resource that belongs to a stack.
    :param answers: whether it stands in place of the call's own result, so that no other such fault can strike as well.
    """

    name: str
    summary: str
    moments: frozenset[Moment]
    settings: tuple[str, ...] = ()
    seconds: float | None = None
    once: bool = False
    owned: bool = False
    answers: bool = True


_CALLS = frozenset({Moment.REQUEST, Moment.CREATE, Moment.UPDATE, Moment.DELETE})
_INVOKE = frozenset({Moment.INVOKE})

FAULTS: tuple[Fault, ...] = (
    Fault(
        "throttle",
        "the service says that there are too many requests, with its own code and status; SDKs try again, and so does "
        "CloudFormation, up to five times",
        _CALLS,
        ("code", "status", "message"),
    ),
    Fault("deny", "the caller may not do this, in the service's words", _CALLS, ("message",)),
    Fault(
        "error",
        "the service fails: with 500 InternalFailure, or with any code and status",
        _CALLS,
        ("code", "status", "message"),
    ),
    Fault(
        "timeout",
        "the request is taken and never answered; after --seconds the connection is cut",
        frozenset({Moment.REQUEST}),
        ("seconds",),
        seconds=120.0,
    ),
    Fault(
        "delay",
        "the answer comes --seconds later",
        frozenset({Moment.REQUEST}),
        ("seconds",),
        seconds=5.0,
        answers=False,
    ),
    Fault(
        "lost-response",
        "the action is done, but the connection is cut before its answer",
        frozenset({Moment.REQUEST}),
    ),
    Fault(
        "vanish",
        "the resource of a stack is removed behind the stack's back, just before the call that names it",
        frozenset({Moment.REQUEST, Moment.UPDATE, Moment.DELETE}),
        once=True,
        owned=True,
        answers=False,
    ),
    *(
        Fault(
            f"slow-{moment}",
            f"CloudFormation takes --seconds longer to {moment} the resource, which is {moment.upper()}_IN_PROGRESS",
            frozenset({moment}),
            ("seconds",),
            seconds=60.0,
            answers=False,
        )
        for moment in (Moment.CREATE, Moment.UPDATE, Moment.DELETE)
    ),
    *(
        Fault(
            f"fail-{moment}",
            f"CloudFormation fails to {moment} the resource; --message is the reason, or that it did not stabilize",
            frozenset({moment}),
            ("message",),
        )
        for moment in (Moment.CREATE, Moment.UPDATE, Moment.DELETE)
    ),
    Fault("function-crash", "the function's process ends in the middle of the call", _INVOKE),
    Fault("function-init-error", "the function's code cannot be loaded", _INVOKE, ("message",)),
    Fault(
        "function-timeout",
        "the function runs until its timeout and is stopped; --seconds says how long that takes here",
        _INVOKE,
        ("seconds",),
    ),
)
"""In the order in which `faults names` explains them."""

BY_NAME = {fault.name: fault for fault in FAULTS}
