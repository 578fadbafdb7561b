"""What is known of properties before a deployment."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.strict.known import Unknown, known_part

NOTHING = object()
VALUES: dict[str, Any] = {"Size": "3", "AWS::NoValue": NOTHING, "AWS::Region": "eu-north-1"}


def resolve(function: Any) -> Any:
    match function:
        case {"Ref": name}:
            return VALUES[name]
        case _:
            return "resolved"


def known(value: Any) -> Any:
    return known_part(value, frozenset({"Bucket"}), {"IsOn": True, "IsOff": False}, resolve, NOTHING)


def test_parameters_and_conditions_get_their_values() -> None:
    value = {
        "Size": {"Ref": "Size"},
        "Mode": {"Fn::If": ["IsOff", "a", {"Fn::If": ["IsOn", "b", "c"]}]},
        "Name": {"Fn::Join": ["-", ["x", {"Ref": "AWS::Region"}]]},
    }

    assert known(value) == {"Size": "3", "Mode": "b", "Name": "resolved"}


def test_what_has_no_value_is_left_out() -> None:
    assert known({"A": {"Ref": "AWS::NoValue"}, "B": [{"Ref": "AWS::NoValue"}, 1]}) == {"B": [1]}


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Bucket"},
        {"Fn::GetAtt": ["Bucket", "Arn"]},
        {"Fn::ImportValue": "other"},
        {"Fn::Join": ["", ["a", {"Ref": "Bucket"}]]},
        {"Fn::Sub": "${Bucket}-logs"},
        {"Fn::Sub": "${Bucket.Arn}/*"},
        {"Fn::Sub": ["${Own}", {"Own": {"Ref": "Bucket"}}]},
        "{{resolve:ssm:/name}}",
        {"Ref": "Missing"},
    ],
)
def test_what_other_resources_give_is_unknown(value: Any) -> None:
    assert isinstance(known({"Value": value})["Value"], Unknown)


@pytest.mark.parametrize("value", [{"Fn::Sub": "${AWS::Region}"}, {"Fn::Sub": ["${Bucket}", {"Bucket": "mine"}]}])
def test_texts_that_need_no_resource_are_known(value: Any) -> None:
    assert known(value) == "resolved"


def test_parts_beside_the_unknown_stay_known() -> None:
    value = known({"Part": {"Deep": {"Ref": "Bucket"}, "Size": 3}})

    assert value["Part"]["Size"] == 3
    assert isinstance(value["Part"]["Deep"], Unknown)


def test_a_property_is_no_function_for_its_name() -> None:
    assert known({"Token": {"RefreshAfter": {"Ref": "Size"}}}) == {"Token": {"RefreshAfter": "3"}}
