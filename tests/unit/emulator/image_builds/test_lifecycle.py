"""Lifecycle policies: which images go, and which are spared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.image_builds.lifecycle import Candidate, doomed, is_selected

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def image(number: int, **changes: Any) -> Candidate:
    values = {
        "arn": f"image {number}",
        "created": NOW - timedelta(days=10 * number),
        "recipe": f"proxy/1.0.{number}",
        "tags": {},
        "ami_tags": {},
        "launched": None,
    }
    return Candidate(**{**values, **changes})


NEWEST = {"Filter": {"Type": "COUNT", "Value": 2}}


def test_the_newest_are_kept_whatever_their_order():
    assert doomed(NEWEST, [image(3), image(1), image(2), image(0)], NOW) == ["image 2", "image 3"]


def test_of_two_of_the_same_second_the_later_is_the_newer():
    images = [image(number, created=NOW) for number in range(3)]

    assert doomed(NEWEST, images, NOW) == ["image 0"]


def test_what_is_older_goes_but_some_are_retained():
    rule = {"Filter": {"Type": "AGE", "Value": 2, "Unit": "WEEKS", "RetainAtLeast": 3}}

    assert doomed(rule, [image(number) for number in range(5)], NOW) == ["image 3", "image 4"]
    assert doomed({"Filter": {**rule["Filter"], "RetainAtLeast": 0}}, [image(1), image(2)], NOW) == ["image 2"]


@pytest.mark.parametrize(
    ("rules", "spared"),
    [
        ({"TagMap": {"slipway:image-version": "1.0.3"}}, {"tags": {"slipway:image-version": "1.0.3"}}),
        ({"Amis": {"TagMap": {"keep": "yes"}}}, {"ami_tags": {"keep": "yes"}}),
        ({"Amis": {"LastLaunched": {"Unit": "DAYS", "Value": 30}}}, {"launched": NOW - timedelta(days=29)}),
    ],
)
def test_what_is_excluded_stays(rules: dict[str, Any], spared: dict[str, Any]):
    images = [image(0), image(1), image(2), image(3, **spared)]

    assert doomed({**NEWEST, "ExclusionRules": rules}, images, NOW) == ["image 2"]


def test_an_image_launched_long_ago_is_not_spared():
    rules = {"Amis": {"LastLaunched": {"Unit": "DAYS", "Value": 30}}}
    images = [image(0), image(1), image(2, launched=NOW - timedelta(days=31))]

    assert doomed({**NEWEST, "ExclusionRules": rules}, images, NOW) == ["image 2"]


@pytest.mark.parametrize(
    ("selection", "is_meant"),
    [
        ({"Recipes": [{"Name": "proxy", "SemanticVersion": "1.x.x"}]}, True),
        ({"Recipes": [{"Name": "proxy", "SemanticVersion": "1.0.7"}]}, True),
        ({"Recipes": [{"Name": "proxy", "SemanticVersion": "2.x.x"}]}, False),
        ({"Recipes": [{"Name": "other", "SemanticVersion": "1.x.x"}]}, False),
        ({"TagMap": {"a": "b"}}, True),
        ({"TagMap": {"a": "c"}}, False),
    ],
)
def test_selection(selection: dict[str, Any], is_meant: bool):
    assert is_selected(selection, image(7, tags={"a": "b"})) is is_meant
