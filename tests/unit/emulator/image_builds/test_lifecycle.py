"""Lifecycle policies: which images go, and which are spared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.image_builds.lifecycle import Ami, Candidate, doomed, is_selected, spared

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def image(number: int, **changes: Any) -> Candidate:
    values = {
        "arn": f"image {number}",
        "created": NOW - timedelta(days=10 * number),
        "recipe": f"proxy/1.0.{number}",
        "tags": {},
    }
    return Candidate(**{**values, **changes})


NEWEST = {"Filter": {"Type": "COUNT", "Value": 2}}


def names(detail: dict[str, Any], images: list[Candidate]) -> list[str]:
    return [image.arn for image in doomed(detail, images, NOW)]


def test_the_newest_are_kept_whatever_their_order():
    assert names(NEWEST, [image(3), image(1), image(2), image(0)]) == ["image 2", "image 3"]


def test_of_two_of_the_same_moment_the_later_is_the_newer():
    assert names(NEWEST, [image(number, created=NOW) for number in range(3)]) == ["image 0"]


def test_what_is_older_goes_but_some_are_retained():
    rule = {"Filter": {"Type": "AGE", "Value": 2, "Unit": "WEEKS", "RetainAtLeast": 3}}

    assert names(rule, [image(number) for number in range(5)]) == ["image 3", "image 4"]
    assert names({"Filter": {**rule["Filter"], "RetainAtLeast": 0}}, [image(1), image(2)]) == ["image 2"]


def test_an_image_with_an_excluded_tag_stays():
    rules = {"TagMap": {"slipway:image-version": "1.0.3"}}
    images = [image(0), image(1), image(2), image(3, tags={"slipway:image-version": "1.0.3"})]

    assert names({**NEWEST, "ExclusionRules": rules}, images) == ["image 2"]


@pytest.mark.parametrize(
    ("rules", "changes"),
    [
        ({"TagMap": {"keep": "yes"}}, {"tags": {"keep": "yes"}}),
        ({"LastLaunched": {"Unit": "DAYS", "Value": 30}}, {"launched": NOW - timedelta(days=29)}),
        ({"LastLaunched": {"Unit": "YEARS", "Value": 1}}, {"launched": NOW - timedelta(days=364)}),
        ({"Regions": ["eu-west-1"]}, {"region": "eu-west-1"}),
        ({"SharedAccounts": ["111122223333"]}, {"shared": frozenset({"111122223333"})}),
        ({"IsPublic": True}, {"is_public": True}),
    ],
)
def test_only_the_ami_that_is_excluded_stays(rules: dict[str, Any], changes: dict[str, Any]):
    plain = Ami("ami-1", "us-east-1", {}, launched=NOW - timedelta(days=400))
    excluded = replace(plain, id="ami-2", **changes)

    assert spared({"ExclusionRules": {"Amis": rules}}, image(0, amis=(plain, excluded)), NOW) == [excluded]


def test_without_rules_nothing_is_spared():
    assert spared({}, image(0, amis=(Ami("ami-1", "us-east-1", {}, launched=NOW, is_public=True),)), NOW) == []


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
