"""What the models say about themselves, in words."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from config.reference import Reference, reference_of
from tests.unit.config.small import Colour, Vehicle


class Words(BaseModel):
    at_least: int = Field(1, ge=1)
    at_most: int = Field(1, le=1_000_000)
    above: float = Field(1, gt=0)
    below: float = Field(1, lt=9)
    either: int | bool | None = None
    one_of: Literal["a", "b"] = "a"
    only: Literal["a"] = "a"
    long: str = Field("abc", min_length=2)
    short: str = Field("abc", max_length=5)
    names: list[str] = Field([], max_length=2)
    parts: list[Vehicle] = []


class Mapped(BaseModel):
    numbers: dict[Colour, Annotated[int, Field(ge=1)]] = {}
    words: dict[str, str] = {}


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("at_least", "whole number from 1"),
        ("at_most", "whole number to 1,000,000"),
        ("above", "number above 0"),
        ("below", "number below 9"),
        ("either", "whole number or true or false or null"),
        ("one_of", "a, b"),
        ("only", "a"),
        ("long", "text of at least 2 characters"),
        ("short", "text of at most 5 characters"),
        ("names", "list of at most 2 items of: text"),
        ("parts", "list of: mapping"),
    ],
)
def test_type_and_limits_in_words(key: str, words: str) -> None:
    assert Reference(Words).constraint((key,)) == words


def test_paths_lead_into_parts_lists_and_free_mappings() -> None:
    reference = Reference(Vehicle)

    assert reference.constraint(("engine", "cylinders")) == "whole number from 1 to 12"
    assert reference.constraint(("seats",)) == "list of 1 to 3 items of: whole number"
    assert reference.constraint(("seats", 1)) == "whole number"
    assert reference.constraint(("labels", "anything")) == "text"
    assert reference.constraint(("built",)) == "date like 2026-11-21"
    assert reference.constraint(("number",)) == r"text that matches `^\d{4}$` or null"
    assert Reference(Words).constraint(("parts", 0, "weight")) == "number above 0"


@pytest.mark.parametrize("path", [("wheels",), ("engine", "wheels"), ("colour", "x"), ("seats", "x"), ("x", 0, "y")])
def test_nothing_is_known_about_unknown_paths(path: tuple[str | int, ...]) -> None:
    reference = Reference(Vehicle)

    assert reference.at(path) is None
    assert reference.constraint(path) is None
    assert reference.description(path) is None
    assert reference.keys(path) == []
    assert reference.choices(path) == []


def test_keys_choices_and_descriptions() -> None:
    reference = Reference(Vehicle)

    assert reference.keys(("engine",)) == ["cylinders", "fuel_password", "least", "most"]
    assert reference.choices(("colour",)) == ["red", "green"]
    assert reference.description(("engine",)) == "What drives it."
    assert reference.description(("colour",)) == "Its paint."


def test_the_places_of_a_key() -> None:
    reference = Reference(Vehicle)

    assert reference.places("colour") == [()]
    assert reference.places("most") == [("engine",)]
    assert reference.places("wheels") == []


def test_only_a_key_without_a_default_is_required() -> None:
    class Needy(BaseModel):
        needed: int
        spare: int = 1

    reference = Reference(Needy)

    assert reference.is_required(("needed",))
    assert not reference.is_required(("spare",))
    assert not reference.is_required(())


def test_mappings_tell_their_keys_and_values() -> None:
    reference = Reference(Mapped)

    assert reference.constraint(("numbers",)) == "mapping from red, green to whole number from 1"
    assert reference.key_choices(("numbers",)) == ["red", "green"]
    assert reference.constraint(("numbers", "red")) == "whole number from 1"
    assert reference.key_choices(("words",)) == []
    assert reference.constraint(("words",)) == "mapping to text"
    assert reference.key_constraint(("words",)) is None


def test_a_reference_is_made_once() -> None:
    assert reference_of(Vehicle) is reference_of(Vehicle)
