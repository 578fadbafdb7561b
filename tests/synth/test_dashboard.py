"""The dashboard: alarms first, then every part; nothing on it is empty for ever."""

from __future__ import annotations

import json

from contract.components import Function
from tests.synth.assemblies import synthesise
from tests.synth.watched import log_groups, widgets


def test_the_states_of_all_alarms_stand_first(assembly):
    alarms = assembly("production").template("observability").resources("AWS::CloudWatch::Alarm")

    first = widgets(assembly("production"))[0]

    assert first["type"] == "alarm"
    assert len(first["properties"]["alarms"]) == len(alarms)


def test_the_dashboard_shows_every_function_and_every_part(assembly):
    text = json.dumps(widgets(assembly("local")))

    assert [function for function in Function if f"slipway-local-{function.value}" not in text] == []
    assert [
        word for word in ("Load balancer", "Instances", "Functions", "Cache", "image builds") if word not in text
    ] == []


def test_a_graph_of_what_has_an_alarm_shows_where_it_goes_off(assembly):
    limits = {
        widget["properties"]["title"]: widget["properties"]["annotations"]["horizontal"][0]["value"]
        for widget in widgets(assembly("production"))
        if "annotations" in widget["properties"]
    }

    assert limits == {
        "Instances in service": 10,
        "CPU use (%)": 85,
        "Memory use (%)": 90,
        "Disk use (%)": 80,
        "Failures": 1,
        "Duration of 95 % (ms)": 1500,
        "Refused calls": 1,
    }


def test_widgets_do_not_lie_over_each_other(assembly):
    cells = [
        (x, y)
        for widget in widgets(assembly("production"))
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_tables_ask_logs_that_exist(assembly):
    asked = [widget["properties"]["query"] for widget in widgets(assembly("production")) if widget["type"] == "log"]
    groups = log_groups(assembly("production"))

    assert len(asked) == 2
    assert [query for query in asked if query.split("'")[1] not in groups] == []


def test_image_builds_are_shown_only_where_there_are_any(tmp_path):
    assembly = synthesise("test", tmp_path, overrides=("image.ami_id=ami-0123456789abcdef0",))

    assert [widget["properties"]["title"] for widget in widgets(assembly) if widget["type"] == "log"] == [
        "Pages that the cache had (200) and had not (404)"
    ]
