import re
from enum import StrEnum

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from lambda_src.shared.errors import InvalidInputError
from lambda_src.shared.validation import MOST_DETAILS, check_name, parse_json, parse_query, shorten


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")

    colour: Colour = Colour.RED
    texts: list[str] = []
    count: int = Field(1, le=3)

    @field_validator("count")
    @classmethod
    def _not_zero(cls, value):
        if value == 0:
            raise ValueError("Zero is nothing")
        return value


def details_of(body):
    with pytest.raises(InvalidInputError) as caught:
        parse_json(Model, body)
    return caught.value.details


def test_good_body():
    assert parse_json(Model, b'{"colour": "blue", "texts": ["a"]}') == Model(colour=Colour.BLUE, texts=["a"])


def test_enum_tells_what_is_allowed():
    (detail,) = details_of(b'{"colour": "green"}')
    assert (detail.path, detail.value, detail.allowed) == ("body.colour", "green", "'red' or 'blue'")


def test_path_into_a_list():
    (detail,) = details_of(b'{"texts": ["a", 5]}')
    assert (detail.path, detail.value) == ("body.texts.1", 5)
    assert detail.message == "input should be a valid string"


def test_bound_and_unknown_key():
    found = {detail.path: detail for detail in details_of(b'{"count": 4, "size": 1}')}
    assert found["body.count"].allowed == 3
    assert found["body.size"].message == "extra inputs are not permitted"


def test_message_of_an_own_rule():
    assert details_of(b'{"count": 0}')[0].message == "zero is nothing"


def test_no_json():
    with pytest.raises(InvalidInputError) as caught:
        parse_json(Model, b"{x")
    assert caught.value.code == "invalid-json"
    assert caught.value.details[0].value is None


def test_lone_surrogate_is_refused():
    assert details_of(b'{"texts": ["\\ud800"]}')


def test_deep_nesting_is_refused():
    assert details_of(b'{"texts": ' + b"[" * 100_000)


def test_number_of_details_is_bounded():
    assert len(details_of(b'{"texts": [' + b",".join([b"1"] * 1000) + b"]}")) == MOST_DETAILS


def test_query():
    assert parse_query(Model, {"count": "2"}).count == 2
    with pytest.raises(InvalidInputError):
        parse_query(Model, {"count": "9"})


@pytest.mark.parametrize("name", ["a", "A-1_b.c", "x" * 128, "...", ".a"])
def test_good_name(name):
    assert check_name("path.key", name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "x" * 129, "é", "a\n", "%2e"])
def test_bad_name(name):
    with pytest.raises(InvalidInputError, match="the key in the path"):
        check_name("path.key", name)


def test_name_with_own_pattern():
    with pytest.raises(InvalidInputError) as caught:
        check_name("path.namespace", "Upper", re.compile("[a-z]+"))
    assert caught.value.details[0].allowed == "[a-z]+"


@pytest.mark.parametrize(
    ("value", "shown"), [(None, None), (True, True), (5, 5), ("a", "a"), ("x" * 101, "x" * 100 + "…"), ([1], "[1]")]
)
def test_shorten(value, shown):
    assert shorten(value) == shown
