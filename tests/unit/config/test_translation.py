"""Each kind of pydantic error becomes words that say what is wrong, what is allowed, and how to mend it."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

import pytest
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError, model_validator

from config.models.base import AmiId
from config.models.rules import BrokenRulesError
from config.positions import read_yaml
from config.problems import Problem
from config.reference import Reference
from config.translation import Finding, translate
from tests.unit.config.small import Colour, Vehicle


def findings(text: str, model: type[BaseModel] = Vehicle) -> list[Finding]:
    document = read_yaml(text, "a.yaml")
    with pytest.raises(ValidationError) as caught:
        model.model_validate(document.values)
    return translate(caught.value, document, Reference(model))


def only(text: str, model: type[BaseModel] = Vehicle) -> Problem:
    (finding,) = findings(text, model)
    return finding.problem


def test_an_unknown_key_gets_the_nearest_known_one() -> None:
    problem = only("engine:\n  cilinders: 3")

    assert (problem.path, problem.line, problem.column) == ("engine.cilinders", 2, 3)
    assert problem.message == 'unknown key "cilinders"'
    assert (problem.nearest, problem.mend) == ("cylinders", 'write "cylinders"')
    assert problem.value == "3"
    assert problem.allowed == "cylinders, fuel_password, least, most"


def test_a_key_like_no_other_gets_no_guess() -> None:
    assert only("zzz: 3").nearest is None


def test_a_key_in_the_wrong_part_is_told_where_it_belongs() -> None:
    assert only("zzz: 3").mend == "take it out"
    assert only("cylinders: 3").mend == "it may belong below engine"
    assert only("engine: {colour: red}").mend == "it may belong below the top level"


def test_a_missing_key_is_placed_where_it_belongs() -> None:
    class Inner(BaseModel):
        needed: int

    class Outer(BaseModel):
        a: Inner

    problem = only("x: 1\na: {}", Outer)

    assert (problem.path, problem.line) == ("a.needed", 2)
    assert problem.message == "is missing and has no default"
    assert problem.allowed == "whole number"
    assert problem.mend == 'add "needed: …" below a'
    assert only("{}", Outer).mend == 'add "a: …"'


@pytest.mark.parametrize(
    ("text", "message", "allowed"),
    [
        ("engine: {cylinders: many}", 'must be a whole number, but is "many"', "whole number from 1 to 12"),
        ("engine: {cylinders: 1.5}", "must be a whole number, but is 1.5", "whole number from 1 to 12"),
        ("engine: {cylinders: [1]}", "must be a whole number, but is [1]", "whole number from 1 to 12"),
        ("engine: {cylinders: 0}", "must be at least 1, but is 0", "whole number from 1 to 12"),
        ("engine: {cylinders: 99}", "must be at most 12, but is 99", "whole number from 1 to 12"),
        ("engine: 4", "must be a mapping of keys to values, but is 4", "mapping"),
        ("engine: null", "must be a mapping of keys to values, but is null", "mapping"),
        ("weight: heavy", 'must be a number, but is "heavy"', "number above 0"),
        ("weight: 0", "must be more than 0, but is 0", "number above 0"),
        ("is_open: perhaps", 'must be true or false, but is "perhaps"', "true or false"),
        ("is_open: [a]", 'must be true or false, but is ["a"]', "true or false"),
        ("built: soon", 'must be a date like 2026-11-21, but is "soon"', "date like 2026-11-21"),
        ("seats: {a: 1}", "must be a list, but is a mapping with a", "list of 1 to 3 items of: whole number"),
        ("seats: {}", "must be a list, but is an empty mapping", "list of 1 to 3 items of: whole number"),
        ("seats: []", "must hold at least 1 items, but is []", "list of 1 to 3 items of: whole number"),
        (
            "seats: [1, 2, 3, 4]",
            "must hold at most 3 items, but is [1, 2, 3, 4]",
            "list of 1 to 3 items of: whole number",
        ),
        ("labels: [a]", 'must be a mapping of keys to values, but is ["a"]', "mapping to text"),
        ('number: "12"', r'must match `^\d{4}$`, but is "12"', r"text that matches `^\d{4}$` or null"),
    ],
)
def test_bad_values(text: str, message: str, allowed: str) -> None:
    problem = only(text)

    assert problem.message == message
    assert problem.allowed == allowed


def test_a_bad_item_is_named_by_its_place_in_the_list() -> None:
    problem = only("seats:\n  - 1\n  - x")

    assert (problem.path, problem.line, problem.column) == ("seats.1", 3, 5)


def test_bad_items_are_not_also_told_as_too_few() -> None:
    assert [finding.problem.path for finding in findings("seats: [x]")] == ["seats.0"]


def test_a_choice_gets_the_nearest_one() -> None:
    problem = only("colour: gren")

    assert (problem.allowed, problem.nearest) == ("red, green", "green")
    assert problem.message == "must be 'red' or 'green', but is \"gren\""
    assert problem.meaning == "Its paint."


@pytest.mark.parametrize(
    ("written", "kind"),
    [("1234", "a number"), ("no", "a yes-or-no value"), ("2026-11-21", "a date"), ("1.5", "a number")],
)
def test_text_without_quotes_gets_its_cure_in_the_writers_own_words(written: str, kind: str) -> None:
    assert only(f"number: {written}").mend == f'put it in quotes: "{written}"; without them YAML reads {kind}'


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("engine: {cylinders: 3 or 4}", "write digits only, without a unit, a fraction or quotes"),
        ("engine: {cylinders: 99}", "write 12 or less"),
        ("engine: []", 'write lines of the form "key: value", indented below it'),
        ("weight: 2t", "write a number like 2 or 0.5, without a unit or quotes"),
        ("colour: pink", "choose one of them"),
        ("colour: grene", 'write "green"'),
        ("is_open: maybe", "write true or false"),
        ("seats: 3", "write [3]"),
        ("seats: {a: 3}", "write [a, b], or one line that begins with - for each item"),
        ("engine.most: 3", "nest it, with each key on a line of its own: engine: {most: …}"),
        ("labels: {a: b}\nengine: {cyl: 3}", 'write "cylinders"'),
        ("is_open: true\nweight: 9", "change one of the values"),
    ],
)
def test_every_problem_has_its_cure(text: str, mend: str) -> None:
    assert only(text).mend == mend


def test_a_rule_over_several_keys_shows_the_value_that_it_names_first() -> None:
    assert only("engine: {least: 20}").value == "20"
    assert only("engine: {most: 0}").value == "1"


def test_what_several_kinds_of_value_would_do_is_told_once() -> None:
    class Timed(BaseModel):
        made: date | AwareDatetime

    problem = only("made: yesterday", Timed)

    assert problem.message == 'must be a date like 2026-11-21 or a time like 2026-11-21T10:00:00Z, but is "yesterday"'


def test_text_of_a_form_is_asked_for_by_what_it_is() -> None:
    class Machine(BaseModel):
        image: AmiId | None = None

    problem = only("image: ubuntu", Machine)

    assert problem.message == 'must be the id of a machine image, but is "ubuntu"'
    assert problem.allowed == "the id of a machine image (ami-0123456789abcdef0) or null"
    assert problem.mend == "write one like ami-0123456789abcdef0"


def test_text_that_is_a_list_gets_no_useless_advice() -> None:
    assert only("labels: {a: [1]}").mend == "write text, in quotes where YAML would read something else"
    assert only("labels: {a: null}").mend == "write text, in quotes where YAML would read something else"


def test_a_rule_over_several_keys_is_placed_at_the_first_that_it_names() -> None:
    (finding,) = findings("weight: 5\nis_open: true")

    assert (finding.problem.path, finding.problem.line) == ("is_open", 2)
    assert finding.problem.message == "is_open: at weight 5.0 it would bend"
    assert finding.paths == {("is_open",), ("weight",)}


def test_a_rule_of_a_part_names_keys_of_that_part() -> None:
    (finding,) = findings("engine:\n  most: 1\n  least: 2")

    assert (finding.problem.path, finding.problem.line) == ("engine.least", 3)
    assert finding.paths == {("engine", "least"), ("engine", "most")}


def test_a_rule_may_name_keys_deep_inside_by_their_path() -> None:
    (finding,) = findings("colour: green\nengine: {most: 101}")

    assert finding.paths == {("colour",), ("engine", "most")}


def test_an_item_stands_for_its_list_when_parts_are_taken_out() -> None:
    (finding,) = findings("seats: [x, 2]")

    assert finding.paths == {("seats",)}


def test_what_may_be_a_secret_is_not_shown() -> None:
    problem = only("engine: {fuel_password: 123456}")

    assert "123456" not in str(problem)
    assert problem.value is None


def test_mappings_inside_a_list_are_not_shown() -> None:
    problem = only("number: [{password: 123456}]")

    assert "123456" not in str(problem)
    assert problem.value == "a list of 1 mappings or lists"


def test_a_rule_of_one_value_shows_it_and_what_it_is_for() -> None:
    class Even(BaseModel):
        number: Annotated[int, AfterValidator(check_even)] = Field(2, description="An even number.")

    problem = only("number: 3", Even)

    assert problem.message == "is 3: odd numbers do not fit"
    assert problem.mend == "write 2 or 4"
    assert (problem.value, problem.meaning) == ("3", "An even number.")


def check_even(number: int) -> int:
    if number % 2:
        raise ValueError("odd numbers do not fit; write 2 or 4")
    return number


def test_long_values_are_cut() -> None:
    problem = only(f"number: {'x' * 1000}")

    assert len(str(problem.value)) < 150


def test_steps_of_a_union_are_no_part_of_the_path() -> None:
    class Cat(BaseModel):
        lives: int

    class Dog(BaseModel):
        bark: int

    class Owner(BaseModel):
        pet: Cat | Dog

    assert {finding.problem.path for finding in findings("pet: {lives: x, bark: y}", Owner)} == {
        "pet.lives",
        "pet.bark",
    }


def test_each_of_several_broken_rules_is_told_at_its_own_place() -> None:
    class Paired(BaseModel):
        one: int = 1
        two: int = 2

        @model_validator(mode="after")
        def check(self) -> Self:
            raise BrokenRulesError([f"one {self.one}: too small; write 5", f"two {self.two}: too small; write 6"])

    first, second = findings("one: 3", Paired)

    assert (first.problem.path, first.problem.line, first.problem.value, first.problem.mend) == (
        "one",
        1,
        "3",
        "write 5",
    )
    assert (second.problem.path, second.problem.value, second.problem.mend) == ("two", "2", "write 6")


def test_a_key_that_is_none_of_few_gets_the_nearest() -> None:
    class Painted(BaseModel):
        tins: dict[Colour, int] = {}

    problem = only("tins: {gren: 3}", Painted)

    assert (problem.path, problem.message, problem.nearest) == ("tins.gren", 'unknown key "gren"', "green")


def test_what_a_bad_key_holds_is_not_judged() -> None:
    class Painted(BaseModel):
        tins: dict[Colour, int] = {}

    assert [finding.problem.path for finding in findings("tins: {gren: x, red: y}", Painted)] == [
        "tins.gren",
        "tins.red",
    ]


def test_the_beginning_of_one_known_word_is_taken_for_it() -> None:
    class Service(StrEnum):
        CACHE = "cache-service-of-pages"
        PAGES = "page-service"

    class Called(BaseModel):
        roles: dict[Service, str] = {}

    assert only("roles: {cache: x}", Called).nearest == "cache-service-of-pages"


def test_a_key_of_another_form_is_told() -> None:
    class Machines(BaseModel):
        images: dict[AmiId, int] = {}

    problem = only("images: {ubuntu: 3}", Machines)

    assert (problem.path, problem.value) == ("images.ubuntu", '"ubuntu"')
    assert problem.message == 'the key "ubuntu" must be the id of a machine image'
    assert problem.mend == "write one like ami-0123456789abcdef0"


def test_a_rule_of_a_part_is_told_with_its_whole_path() -> None:
    assert only("engine: {least: 20}").message == "engine.least 20 is more than most 9"

    class Tyre(BaseModel):
        size: int = 1

        @model_validator(mode="after")
        def check(self) -> Self:
            raise ValueError("size: too small; take another")

    class Wheel(BaseModel):
        tyre: Tyre = Tyre.model_construct()

    assert only("tyre: {size: 2}", Wheel).message == "tyre.size: too small"


def test_a_list_where_one_of_several_kinds_belongs_is_told() -> None:
    class Timed(BaseModel):
        made: date | AwareDatetime

    assert only("made: [[1]]", Timed).path == "made"
