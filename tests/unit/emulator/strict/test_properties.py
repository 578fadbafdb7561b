"""Properties against a registry schema: what is wrong, and what CloudFormation lets pass."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.strict.known import Unknown
from emulator.strict.properties import Violation, violations

SCHEMA: dict[str, Any] = {
    "properties": {
        "Name": {"type": "string", "maxLength": 5, "pattern": "^[a-z]+$"},
        "Size": {"type": "integer", "minimum": 1, "maximum": 10},
        "On": {"type": "boolean"},
        "Share": {"type": "number"},
        "Mode": {"type": "string", "enum": ["a", "b"]},
        "Days": {"type": "integer", "enum": [1, 7]},
        "Names": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1},
        "Policy": {"type": ["object", "string"]},
        "Part": {"$ref": "#/definitions/Part"},
        "One": {
            "type": "object",
            "properties": {"A": {"type": "string"}, "B": {"type": "string"}},
            "oneOf": [{"required": ["A"]}, {"required": ["B"]}],
        },
        "Either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "Odd": {"type": "string", "pattern": "^[\\p{L}]+$"},
        "Map": {"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
    },
    "definitions": {
        "Part": {
            "type": "object",
            "properties": {"Deep": {"type": "string"}},
            "required": ["Deep"],
            "additionalProperties": False,
        }
    },
    "required": ["Name"],
    "additionalProperties": False,
    "readOnlyProperties": ["/properties/Arn"],
}


def found(**properties: Any) -> list[tuple[str, str]]:
    wrong = violations({"Name": "abc", **properties}, SCHEMA)
    return [("/".join(map(str, one.path)), one.keyword) for one in wrong]


def test_what_follows_the_schema_is_fine() -> None:
    assert found(Size=3, On=True, Mode="a", Names=["x", "y"], Policy={"any": 1}, Part={"Deep": "x"}) == []


def test_each_missing_and_each_unknown_property_is_named() -> None:
    assert violations({"Nam": 1, "Siz": 2}, SCHEMA) == [
        Violation((), "required", "Name", ["Name"]),
        Violation((), "additionalProperties", "Nam", False),
        Violation((), "additionalProperties", "Siz", False),
    ]


@pytest.mark.parametrize(
    ("properties", "keyword"),
    [
        ({"Name": "toolong"}, "maxLength"),
        ({"Name": "ABC"}, "pattern"),
        ({"Name": ["abc"]}, "type"),
        ({"Size": 0}, "minimum"),
        ({"Size": "11"}, "maximum"),
        ({"Size": "many"}, "type"),
        ({"Size": 1.5}, "type"),
        ({"On": "yes"}, "type"),
        ({"Mode": "c"}, "enum"),
        ({"Days": "2"}, "enum"),
        ({"Names": ["x", "x"]}, "uniqueItems"),
        ({"Names": "x"}, "type"),
        ({"Names": []}, "minItems"),
        ({"Map": {"y": 1}}, "additionalProperties"),
        ({"Map": {"x": "one"}}, "type"),
        ({"One": {"A": "x", "B": "y"}}, "oneOf"),
    ],
)
def test_wrong_values_are_found(properties: dict[str, Any], keyword: str) -> None:
    assert [each for _, each in found(**properties)] == [keyword]


@pytest.mark.parametrize(
    "properties",
    [
        {"Size": "3"},
        {"Size": 3.0},
        {"On": "true"},
        {"Share": "0.5"},
        {"Days": "7"},
        {"Name": True},
        {"Policy": "{}"},
        {"Either": "5"},
        {"Either": 5},
        {"Odd": "42"},
        {"Map": {"x1": "1"}},
    ],
)
def test_values_that_cloudformation_converts_or_that_cannot_be_judged_pass(properties: dict[str, Any]) -> None:
    assert found(**properties) == []


def test_the_place_of_a_fault_is_given() -> None:
    assert found(Part={"Deep": {"x": 1}, "More": 1}) == [("Part/Deep", "type"), ("Part", "additionalProperties")]


def test_where_no_alternative_holds_each_is_told() -> None:
    wrong = violations({"Name": "abc", "One": {}}, SCHEMA)

    assert [(one.keyword, one.value) for one in wrong] == [("required", "A"), ("required", "B")]


@pytest.mark.parametrize(
    "properties",
    [
        {"Name": Unknown()},
        {"Size": Unknown()},
        {"Mode": Unknown()},
        {"Names": [Unknown(), Unknown()]},
        {"Part": Unknown()},
        {"One": {"A": Unknown()}},
        {"Either": Unknown()},
    ],
)
def test_what_is_not_known_yet_passes(properties: dict[str, Any]) -> None:
    assert found(**properties) == []


def test_what_stands_beside_the_unknown_is_checked() -> None:
    assert found(Part={"Deep": Unknown(), "More": 1}, Size=0) == [
        ("Size", "minimum"),
        ("Part", "additionalProperties"),
    ]
