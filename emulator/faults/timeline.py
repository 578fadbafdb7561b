"""Show a stack's last operation as bars over time, from its events alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

BAR = 40
"""Characters of the whole operation."""

NAME = 40
"""Characters of a logical id that are shown."""

_STACK = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Span:
    """One resource's operation.

    :param name: logical id.
    :param type: CloudFormation type.
    :param status: the last one.
    :param begun: seconds after the beginning of the stack's operation.
    :param ended: the same; the length of the whole operation while it goes on.
    """

    name: str
    type: str
    status: str
    begun: float
    ended: float


def spans(events: Sequence[Mapping[str, str]]) -> list[Span]:
    """Return the operations on the resources, then the stack's own.

    :param events: of one stack, oldest first, with the members of a stack event; only the last operation counts.
    """
    last = _last_operation(events)
    if not last:
        return []
    zero = _seconds(last[0])
    whole = _seconds(last[-1]) - zero
    found: dict[tuple[str, str], Span] = {}
    for event in last:
        is_stack = event["ResourceType"] == _STACK
        status = event["ResourceStatus"]
        key = (event["LogicalResourceId"], "" if is_stack else status.partition("_")[0])
        at = _seconds(event) - zero
        begun = found[key].begun if key in found else at
        ended = whole if status.endswith("_IN_PROGRESS") else at
        found[key] = Span(event["LogicalResourceId"], event["ResourceType"], status, begun, ended)
    resources = [span for span in found.values() if span.type != _STACK]
    stack = [span for span in found.values() if span.type == _STACK]
    return sorted(resources, key=lambda span: (span.begun, span.ended, span.name)) + stack


def _last_operation(events: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    begins = [
        place
        for place, event in enumerate(events)
        if event["ResourceType"] == _STACK
        and event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")
    ]
    return events[begins[-1] :] if begins else []


def _seconds(event: Mapping[str, str]) -> float:
    return datetime.fromisoformat(event["Timestamp"]).timestamp()


def render(found: Sequence[Span]) -> str:
    """Return the spans as text, one line each."""
    if not found:
        return "no operation on this stack so far\n"
    whole = max(span.ended for span in found) or 1.0
    width = min(NAME, max(len(span.name) for span in found))
    kind = max(len(span.type) for span in found)
    return "".join(
        f"{_short(span.name):{width}}  {span.type:{kind}}  {_bar(span, whole)}  "
        f"{clock_time(span.begun):>8} {clock_time(span.ended):>8}  {span.status}\n"
        for span in found
    )


def _short(name: str) -> str:
    return name if len(name) <= NAME else f"{name[: NAME // 2]}…{name[1 - NAME // 2 :]}"


def _bar(span: Span, whole: float) -> str:
    begin = min(BAR - 1, int(span.begun / whole * BAR))
    end = max(begin + 1, round(span.ended / whole * BAR))
    return f"|{' ' * begin}{'#' * (end - begin)}{' ' * (BAR - end)}|"


def clock_time(seconds: float) -> str:
    """Return seconds as people say them: `7 s`, `2:30 min`, `1:05:00 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02} h"
