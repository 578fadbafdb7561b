"""A form refuses what has another one, in words, and tells editors the same."""

from typing import Annotated

import pytest
from pydantic import BaseModel, ValidationError

from config.models.forms import Form


def refuse_noon(text: str) -> None:
    if text == "12:00":
        raise ValueError("is noon; write another time")


TIME = Form("a time of day", r"\d\d:\d\d", "07:30", check=refuse_noon)


class Alarm(BaseModel):
    time: Annotated[str, TIME] | None = None


def test_text_of_the_form_is_kept() -> None:
    assert Alarm(time="08:15").time == "08:15"
    assert Alarm().time is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("8:15", "must be a time of day, like 07:30"),
        ("08:15\n", "must be a time of day, like 07:30"),
        ("at 08:15", "must be a time of day, like 07:30"),
        ("12:00", "is noon; write another time"),
    ],
)
def test_other_text_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Alarm(time=text)

    assert caught.value.errors()[0]["msg"].removeprefix("Value error, ") == message


def test_text_that_is_too_long_is_told_by_its_length() -> None:
    with pytest.raises(ValueError, match="a word has at most 3 characters, and this has 4; shorten it"):
        Form("a word", "[a-z]+", "abc", 3).accept("abcd")


def test_an_example_that_breaks_its_own_form_is_found_at_once() -> None:
    with pytest.raises(ValueError, match="must be a word"):
        Form("a word", "[a-z]+", "123")


def test_editors_get_the_pattern_the_length_and_an_example() -> None:
    form = Form("a word", "[a-z]+", "abc", 3)

    class Text(BaseModel):
        word: Annotated[str, form]

    assert Text.model_json_schema()["properties"]["word"] == {
        "type": "string",
        "pattern": "^([a-z]+)$",
        "maxLength": 3,
        "title": "Word",
        "x-form": "a word",
        "examples": ["abc"],
    }
