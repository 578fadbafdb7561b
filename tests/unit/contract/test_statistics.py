"""Reports survive their journey from a proxy process to the receiver, and cells add up."""

from __future__ import annotations

import json

import pytest

from contract.sketch import FIRST_BIN, LAST_BIN, Sketch
from contract.statistics import (
    LONGEST_NAME,
    LONGEST_REPORT_BYTES,
    MOST_CELLS,
    MOST_HOSTS,
    MOST_REASONS,
    Cell,
    HostCount,
    Report,
    add_up,
)

MINUTE = "2026-11-21T22:41Z"
CELL = Cell(
    requests=4,
    responses=3,
    response_bytes=900,
    recycled=1,
    results={"transformed": 2, "failed-open": 1},
    modes={"xxx": 2},
    hosts={"example.org": HostCount(3, 2, 1)},
    reasons={"timeout": 1},
    answering=Sketch(1, {5: 2}),
    transforming=Sketch(0, {7: 3}),
)


def test_what_is_written_is_read() -> None:
    report = Report(7, running=2, settings_version=3, failing=("html-service",), cells={MINUTE: CELL})
    assert Report.from_json(report.to_json()) == report
    assert Report.from_json(Report(1).to_json().encode()) == Report(1)
    assert Cell.from_dict({}) == Cell()


def test_cells_do_not_share_their_counters() -> None:
    first, second = Cell(), Cell()
    first.results["cached"] = 1
    first.answering.add(5)
    assert second == Cell()


def test_cells_add_up() -> None:
    other = Cell(
        requests=1,
        responses=1,
        results={"cached": 1},
        modes={"xxx": 1},
        hosts={"example.org": HostCount(1, 1), "example.com": HostCount(2, 0, 2)},
        answering=Sketch(0, {5: 1}),
    )
    total = add_up([CELL, other, Cell()])
    assert total == Cell(
        requests=5,
        responses=4,
        response_bytes=900,
        recycled=1,
        results={"transformed": 2, "failed-open": 1, "cached": 1},
        modes={"xxx": 3},
        hosts={"example.org": HostCount(4, 3, 1), "example.com": HostCount(2, 0, 2)},
        reasons={"timeout": 1},
        answering=Sketch(1, {5: 3}),
        transforming=Sketch(0, {7: 3}),
    )
    assert total == add_up([Cell(), other, CELL])
    assert add_up([]) == Cell()
    assert CELL.answering == Sketch(1, {5: 2}), "adding up must not change what it adds"


def test_the_fullest_report_is_within_its_bound() -> None:
    number = 10**9
    sketch = Sketch(number, dict.fromkeys(range(FIRST_BIN, LAST_BIN + 1), number))
    host = HostCount(number, number, number)
    cell = Cell(
        *[number] * 4,
        results=dict.fromkeys(map(str, range(10)), number),
        modes=dict.fromkeys(map(str, range(20)), number),
        hosts={f"{n:0{LONGEST_NAME}}": host for n in range(MOST_HOSTS + 1)},
        reasons={f"{n:0{LONGEST_NAME}}": number for n in range(MOST_REASONS + 1)},
        answering=sketch,
        transforming=sketch,
    )
    report = Report(number, number, number, cells={str(minute): cell for minute in range(MOST_CELLS)})
    assert len(report.to_json()) < LONGEST_REPORT_BYTES


@pytest.mark.parametrize(
    "change",
    [
        {"colour": 2},
        {"cells": {MINUTE: {"colour": 2}}},
        {"cells": {MINUTE: {"hosts": {"example.org": {"colour": 2}}}}},
        {"cells": {MINUTE: {"answering": {"zeros": 0}}}},
    ],
)
def test_an_unknown_or_missing_key_is_refused(change: dict[str, object]) -> None:
    written = json.loads(Report(1, cells={MINUTE: CELL}).to_json())
    with pytest.raises(TypeError):
        Report.from_json(json.dumps(written | change))


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"sequence": 1, "cells": [], "failing": []}'])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON object|Expecting"):
        Report.from_json(text)
