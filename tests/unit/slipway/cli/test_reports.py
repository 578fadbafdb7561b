"""The forms of a report, on findings made by hand."""

from __future__ import annotations

import json

from config.explain import Explanation, Layer, Regional, Setting
from config.problems import Problem
from slipway.cli import reports

OF_BASE = Problem("is bad", "a.b", "config/environments/base.yaml", 3, 5, value="1")
OF_BLUE = Problem("is worse", "c", "config/environments/blue.yaml", 1, 1)
SETTING = Setting(
    path="a.b",
    value=None,
    default=[],
    required=False,
    description="What it is.",
    allowed="list",
    layers=(Layer("default of the model", None, None, []), Layer("base.yaml", 3, 5, None)),
    in_regions={"eu-west-1": Regional(["x"], "base.yaml:9:5")},
)


def test_a_problem_of_several_environments_is_told_once_and_says_whose_it_is() -> None:
    text = reports.findings_in_words({"blue": (OF_BASE, OF_BLUE), "red": (OF_BASE,)})

    assert text.splitlines() == [
        "config/environments/base.yaml:3:5: a.b: is bad",
        "    concerns: blue, red",
        "config/environments/blue.yaml:1:1: c: is worse",
    ]


def test_the_verdict_counts_each_problem_once() -> None:
    assert reports.verdict({"blue": (OF_BASE, OF_BLUE), "red": (OF_BASE,), "green": ()}) == "2 problems in blue, red"
    assert reports.verdict({"blue": (OF_BLUE,)}) == "1 problem in blue"
    assert reports.verdict({"blue": ()}) == "no problems in blue"


def test_an_annotation_escapes_what_means_something_to_github() -> None:
    problem = Problem("is 100% wrong:\r\nreally", "a", "x,y:z.yaml", 1, 2)

    assert reports.findings_as_annotations({"blue": (problem,)}) == (
        "::error file=x%2Cy%3Az.yaml,line=1,col=2,title=configuration of blue"
        "::x,y:z.yaml:1:2: a: is 100%25 wrong:%0D%0Areally"
    )


def test_an_annotation_of_what_is_no_file_names_none() -> None:
    problem = Problem("names no key", source="environment variable SLIPWAY__")

    assert reports.findings_as_annotations({"blue": (problem,)}).startswith("::error title=")


def test_a_setting_in_words() -> None:
    assert str(reports.setting_in_words(SETTING)).splitlines() == [
        "a.b = null",
        "  meaning  What it is.",
        "  allowed  list",
        "  default  []",
        "  from, the last one wins",
        "    default of the model  []",
        "  → base.yaml:3:5         null",
        '  in eu-west-1  ["x"]  base.yaml:9:5',
    ]


def test_long_values_are_cut_in_the_table_only() -> None:
    long = Setting("a", "x" * 100, None, False, None, None, (), {})

    assert "x" * 61 not in str(reports.settings_as_table([long]))
    assert (
        json.loads(reports.explanation_as_json(Explanation("blue", (long,), ())))["settings"][0]["value"] == "x" * 100
    )


def test_text_that_would_not_be_seen_is_quoted() -> None:
    assert [reports.shown(value) for value in ("a b", "", " ", True, ["ü"])] == ["a b", '""', '" "', "true", '["ü"]']
