"""Conditions of component documents, by the tables of AWSTOE's documentation."""

from __future__ import annotations

import pytest

from local.image import conditions


class Machine:
    def file_exists(self, path: str) -> bool:
        return path == "/there"

    def binary_exists(self, name: str) -> bool:
        return name == "apt-get"

    def digest(self, path: str, algorithm: str) -> str | None:
        return {"md5": "0a", "sha256": "0b"}[algorithm] if path == "/there" else None


@pytest.mark.parametrize(
    "expression",
    [
        {"stringIsEmpty": ""},
        {"stringIsWhitespace": "  "},
        {"stringEquals": "a", "value": "a"},
        {"stringLessThan": "b", "value": "a"},
        {"stringLessThanEquals": "a", "value": "a"},
        {"stringGreaterThan": "a", "value": "b"},
        {"stringGreaterThanEquals": "a", "value": "a"},
        {"patternMatches": "^[a-z]+$", "value": "abc"},
        {"numberEquals": 1, "value": "1.0"},
        {"numberLessThan": 2, "value": 1},
        {"numberLessThanEquals": 2, "value": 2},
        {"numberGreaterThan": 1, "value": 2},
        {"numberGreaterThanEquals": 1, "value": 1},
        {"fileExists": "/there"},
        {"binaryExists": "apt-get"},
        {"fileMD5Equals": "0A", "path": "/there"},
        {"fileSHA256Equals": "0b", "path": "/there"},
        {"and": [{"fileExists": "/there"}, {"not": {"binaryExists": "yum"}}]},
        {"or": [{"fileExists": "/not"}, {"binaryExists": "apt-get"}]},
    ],
)
def test_an_expression_is_true_and_its_opposite_is_not(expression: dict[str, object]) -> None:
    checked = conditions.checked(expression)
    assert conditions.holds(checked, Machine())
    assert not conditions.holds(conditions.checked({"not": checked}), Machine())


@pytest.mark.parametrize(
    "expression",
    [
        {"stringIsEmpty": " "},
        {"stringEquals": "Testing", "value": "TESTING"},
        {"numberEquals": 1, "value": "a1"},
        {"fileMD5Equals": "0a", "path": "/not"},
        {"and": [{"fileExists": "/there"}, {"fileExists": "/not"}]},
        {"or": [{"fileExists": "/not"}]},
    ],
)
def test_an_expression_is_false(expression: dict[str, object]) -> None:
    assert not conditions.holds(conditions.checked(expression), Machine())


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ({}, "exactly one operator, and here is nothing"),
        ({"fileExists": "/a", "binaryExists": "b"}, "exactly one operator"),
        ({"stringEquals": "a"}, "'value', which is missing"),
        ({"fileMD5Equals": "a", "value": "/b"}, "'path', which is missing"),
        ({"fileExists": "/a", "value": "b"}, "does not go with value"),
        ({"and": ["a"]}, "joins conditions"),
        ({"not": [{"fileExists": "/a"}, {"fileExists": "/b"}]}, "one condition"),
        ({"not": {"not": {"not": {"not": {"not": {"fileExists": "/a"}}}}}}, "more than 4 levels"),
    ],
)
def test_what_is_no_condition_is_refused(expression: dict[str, object], cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        conditions.checked(expression)
