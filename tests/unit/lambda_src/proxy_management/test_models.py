import json

import pytest
from pydantic import ValidationError

from contract.fleet_settings import FleetSettings
from contract.modes import RULES, Mode
from contract.sketch import FIRST_BIN, LAST_BIN, Sketch
from contract.statistics import LONGEST_REPORT_BYTES, MOST_CELLS, MOST_HOSTS, OTHERS, Cell, HostCount, Report
from lambda_src.proxy_management.models import ChangeBody, ReportBody

MINUTE = "2026-11-21T22:41Z"
REPORT = Report(
    sequence=4,
    running=7,
    settings_version=3,
    failing=("html-service",),
    ended=True,
    cells={
        MINUTE: Cell(3, 2, 9, 1, {"cached": 1}, {"xxx": 1}, {"a.org": HostCount(2, 1)}, {"slow": 1}, Sketch(1, {-9: 2}))
    },
)


def test_a_report_is_taken_as_it_was_sent():
    assert ReportBody.model_validate_json(REPORT.to_json()).to_report() == REPORT


def test_what_only_a_newer_proxy_tells_is_left_out_and_the_rest_counts():
    told = json.loads(REPORT.to_json())
    cell = told["cells"][MINUTE]
    for part in (told, cell, cell["hosts"]["a.org"], cell["answering"]):
        part["of_tomorrow"] = {"a": 1}
    assert ReportBody.model_validate_json(json.dumps(told)).to_report() == REPORT


def test_the_fullest_report_is_taken():
    hosts = {f"{number}.org": HostCount(1) for number in range(MOST_HOSTS)} | {OTHERS: HostCount(1)}
    sketch = Sketch(2**40, dict.fromkeys(range(FIRST_BIN, LAST_BIN + 1), 2**40))
    cells = {f"2026-11-21T22:{minute:02}Z": Cell(hosts=hosts, answering=sketch) for minute in range(MOST_CELLS)}
    text = Report(1, cells=cells).to_json()
    assert len(text) < LONGEST_REPORT_BYTES
    assert ReportBody.model_validate_json(text).to_report() == Report(1, cells=cells)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({}, "sequence"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": "5"}, "sequence"),
        ({"sequence": 1, "running": 1.5}, "running"),
        ({"sequence": 1, "failing": ["x y"]}, "failing"),
        ({"sequence": 1, "ended": 1}, "ended"),
        ({"sequence": 1, "cells": {"2026-11-21T22:61Z": {}}}, "cells"),
        ({"sequence": 1, "cells": {"22:41": {}}}, "cells"),
        ({"sequence": 1, "cells": {f"2026-11-21T22:{n:02}Z": {} for n in range(31)}}, "cells"),
    ],
)
def test_a_wrong_report_is_refused_where_it_is_wrong(values, path):
    with pytest.raises(ValidationError) as refused:
        ReportBody.model_validate(values)
    assert refused.value.errors()[0]["loc"][0] == path


@pytest.mark.parametrize(
    "cell",
    [
        {"responses": True},
        {"response_bytes": 2**70},
        {"results": {"<script>": 1}},
        {"results": {"cached": -1}},
        {"results": {str(number): 1 for number in range(101)}},
        {"modes": [1]},
        {"hosts": {"": {}}},
        {"hosts": {"a\n.org": {}}},
        {"hosts": {"a" * 254: {}}},
        {"hosts": {"a.org": {"responses": -1}}},
        {"hosts": {f"{number}.org": {} for number in range(MOST_HOSTS + 2)}},
        {"reasons": {"slow": "1"}},
        {"answering": {"zeros": 0}},
        {"answering": {"zeros": 0, "bins": {"x": 1}}},
        {"answering": {"zeros": 0, "bins": {"100000": 1}}},
        {"answering": {"zeros": 0, "bins": {"1": -1}}},
    ],
)
def test_a_wrong_cell_is_refused(cell):
    with pytest.raises(ValidationError, match="cells"):
        ReportBody.model_validate({"sequence": 1, "cells": {MINUTE: cell}})


def change(**settings):
    return ChangeBody.model_validate({"base": 3, "settings": settings})


def test_a_change_is_taken():
    wanted = change(default_mode="dict", blocked_hosts=["*.a.org"], ratings={"hide-mixed": 1}).settings
    assert wanted.to_settings() == FleetSettings(0, "dict", ("*.a.org",), {"hide-mixed": 1.0})
    assert change().settings.to_settings() == FleetSettings()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"default_mode": "shout"}, "'xxx-negative'"),
        ({"blocked_hosts": ["http://a.org/"]}, "no host's name in lower case"),
        ({"blocked_hosts": ["10.0.0.1"]}, "ends in a number"),
        ({"blocked_hosts": ["a.org"] * 501}, "500"),
        ({"ratings": {"xxx": 0.5}}, f"the mode xxx rates no texts; these do: {', '.join(RULES)}"),
        ({"ratings": {"hide-mixed": 1.01}}, "less than or equal to 1"),
        ({"ratings": {"hide-mixed": "1"}}, "valid number"),
        ({"more": 1}, "more"),
    ],
)
def test_a_wrong_change_is_refused_with_what_is_allowed(settings, words):
    with pytest.raises(ValidationError) as refused:
        change(**settings)
    assert words in str(refused.value)


@pytest.mark.parametrize("mode", Mode)
def test_each_mode_may_be_the_default_and_those_that_rate_have_a_threshold(mode):
    assert change(default_mode=mode.value).settings.to_settings().default_mode == mode.value
    if mode in RULES:
        assert change(ratings={mode.value: 0}).settings.to_settings().ratings == {mode.value: 0}


@pytest.mark.parametrize("values", [{"base": -1}, {"base": 10**9}, {"base": 1, "note": "x" * 501}, {"settings": {}}])
def test_a_change_says_where_it_starts(values):
    with pytest.raises(ValidationError):
        ChangeBody.model_validate({"settings": {}, **values})


@pytest.mark.parametrize("note", ["", "wegen Müll, 50 %", "一切正常", "\u0645\u06cc\u200c\u062e", "👨\u200d👩\u200d👧"])
def test_a_note_may_be_in_any_script(note):
    assert ChangeBody.model_validate({"base": 1, "settings": {}, "note": note}).note == note


@pytest.mark.parametrize("hidden", "\0\n\x85\u061c\u200f\u202e\u2066")
def test_a_note_has_nothing_that_cannot_be_seen_and_turns_the_rest_around(hidden):
    with pytest.raises(ValidationError, match="note"):
        ChangeBody.model_validate({"base": 1, "settings": {}, "note": f"all {hidden}is well"})
