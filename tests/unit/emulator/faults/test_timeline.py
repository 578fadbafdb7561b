"""A stack's last operation as bars over time."""

from __future__ import annotations

import pytest

from emulator.faults.timeline import Span, clock_time, render, spans

STACK = "AWS::CloudFormation::Stack"


def event(second: int, name: str, status: str, type_name: str = "AWS::SQS::Queue") -> dict[str, str]:
    time = f"2026-11-21T10:{second // 60:02}:{second % 60:02}.000Z"
    return {"LogicalResourceId": name, "ResourceType": type_name, "ResourceStatus": status, "Timestamp": time}


CREATED = [
    event(0, "web", "CREATE_IN_PROGRESS", STACK),
    event(0, "Queue", "CREATE_IN_PROGRESS"),
    event(2, "Other", "CREATE_IN_PROGRESS"),
    event(60, "Queue", "CREATE_COMPLETE"),
    event(80, "Other", "CREATE_COMPLETE"),
    event(80, "web", "CREATE_COMPLETE", STACK),
]


def test_each_resource_has_its_span_and_the_stack_comes_last() -> None:
    assert spans(CREATED) == [
        Span("Queue", "AWS::SQS::Queue", "CREATE_COMPLETE", 0, 60),
        Span("Other", "AWS::SQS::Queue", "CREATE_COMPLETE", 2, 80),
        Span("web", STACK, "CREATE_COMPLETE", 0, 80),
    ]


def test_only_the_last_operation_counts_and_a_rollback_is_part_of_it() -> None:
    failed = [
        event(100, "web", "UPDATE_IN_PROGRESS", STACK),
        event(100, "New", "CREATE_IN_PROGRESS"),
        event(105, "New", "CREATE_FAILED"),
        event(105, "web", "UPDATE_ROLLBACK_IN_PROGRESS", STACK),
        event(105, "New", "DELETE_IN_PROGRESS"),
        event(110, "New", "DELETE_COMPLETE"),
        event(110, "web", "UPDATE_ROLLBACK_COMPLETE", STACK),
    ]

    assert [(span.name, span.status, span.begun, span.ended) for span in spans(CREATED + failed)] == [
        ("New", "CREATE_FAILED", 0, 5),
        ("New", "DELETE_COMPLETE", 5, 10),
        ("web", "UPDATE_ROLLBACK_COMPLETE", 0, 10),
    ]


def test_what_goes_on_lasts_until_now() -> None:
    assert [(span.name, span.ended) for span in spans(CREATED[:4])] == [("Queue", 60), ("Other", 60), ("web", 60)]


def test_the_bars() -> None:
    lines = render(spans(CREATED)).splitlines()

    assert lines[0].split("|")[1] == "#" * 30 + " " * 10
    assert lines[2].endswith("0 s 1:20 min  CREATE_COMPLETE")


def test_a_long_name_is_shortened_in_its_middle() -> None:
    name = "Begin" + "x" * 60 + "End"
    line = render([Span(name, "T", "CREATE_COMPLETE", 0, 1)])

    assert line.startswith("Begin")
    assert "…" in line
    assert "End " in line
    assert name not in line


def test_nothing_yet() -> None:
    assert spans([]) == []
    assert render([]) == "no operation on this stack so far\n"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (60, "1:00 min"), (150, "2:30 min"), (3900, "1:05:00 h")]
)
def test_time_as_people_say_it(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text
