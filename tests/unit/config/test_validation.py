"""One mistake hides none of the others."""

from datetime import date

import pytest

from config import ConfigurationError, load
from config.layers import merge
from config.overrides import from_assignments
from config.positions import read_yaml
from config.problems import Problem
from config.validation import validate
from contract.modes import Mode
from tests.unit.config.small import Vehicle


def result(text: str, *assignments: str) -> Vehicle | list[Problem]:
    return validate(Vehicle, merge([read_yaml(text, "a.yaml"), *from_assignments(assignments)]))


def paths(found: Vehicle | list[Problem]) -> list[str]:
    assert isinstance(found, list)
    return sorted(problem.path for problem in found)


def test_good_values_give_the_model() -> None:
    vehicle = result("colour: green\nengine: {cylinders: 6}")

    assert isinstance(vehicle, Vehicle)
    assert (vehicle.colour.value, vehicle.engine.cylinders) == ("green", 6)


def test_a_bad_field_does_not_hide_a_broken_rule() -> None:
    assert paths(result("engine: {cylinders: 99}\nis_open: true\nweight: 5")) == ["engine.cylinders", "is_open"]


def test_a_broken_rule_does_not_hide_another_one() -> None:
    text = "is_open: true\nweight: 5\ncolour: green\nengine: {most: 101, least: 1}"

    assert paths(result(text)) == ["colour", "is_open"]


def test_an_unknown_key_does_not_hide_a_broken_rule() -> None:
    assert paths(result("wheels: 4\nengine: {least: 3, most: 2}\nis_open: true\nweight: 9")) == [
        "engine.least",
        "is_open",
        "wheels",
    ]


def test_a_default_in_place_of_a_bad_value_raises_no_false_alarm() -> None:
    # Without the bad `most` its default 9 would be less than `least`.
    assert paths(result("engine: {least: 50, most: fast}")) == ["engine.most"]


def test_a_bad_list_is_taken_out_as_a_whole() -> None:
    assert paths(result("seats: [1, x]\nis_open: true\nweight: 9")) == ["is_open", "seats.1"]


def test_each_problem_is_told_once() -> None:
    assert paths(result("engine: 3\ncolour: blue\nzzz: 1")) == ["colour", "engine", "zzz"]


def test_the_values_themselves_stay_as_they_were() -> None:
    document = read_yaml("engine: {cylinders: 99}\nis_open: true", "a.yaml")

    validate(Vehicle, document)

    assert document.values == {"engine": {"cylinders": 99}, "is_open": True}


def test_an_override_needs_no_quotes_where_text_is_wanted() -> None:
    vehicle = result("", "number=1234", "labels.side=2026-11-21", "labels.back=no")

    assert isinstance(vehicle, Vehicle)
    assert vehicle.number == "1234"
    assert vehicle.labels == {"side": "2026-11-21", "back": "no"}


@pytest.mark.parametrize(
    ("text", "number", "fails_closed"),
    [("3", 3, "1"), ('"3"', 3, "yes"), ("3.0", 3, "true"), ("0003", 3, "on"), ("0x3", 3, "t")],
)
def test_an_overrides_text_is_read_as_what_is_wanted(text: str, number: int, fails_closed: str) -> None:
    overrides = [f"fleet.maximum={text}", f"proxy.fail_closed={fails_closed}", f"proxy.function_timeout_seconds={text}"]

    configuration = load("development", overrides=overrides)

    assert (configuration.fleet.maximum, configuration.proxy.fail_closed) == (number, True)
    assert configuration.proxy.function_timeout_seconds == number


@pytest.mark.parametrize("text", ["yes", "true", "a", "3.5", "null"])
def test_an_override_that_is_no_number_is_none(text: str) -> None:
    with pytest.raises(ConfigurationError, match="must be a whole number"):
        load("development", overrides=[f"fleet.maximum={text}"])


def test_an_override_may_still_be_null() -> None:
    vehicle = result("number: '1234'", "number=null")

    assert isinstance(vehicle, Vehicle)
    assert vehicle.number is None


def test_a_bad_override_is_told_as_text() -> None:
    (problem,) = result("", "number=12")  # type: ignore[misc]

    assert (problem.source, problem.line, problem.value) == ("-c set", None, '"12"')


def test_a_list_as_an_override_for_text_is_refused() -> None:
    (problem,) = result("", "number=[1]")  # type: ignore[misc]

    assert problem.message == "must be text, but is [1]"


def test_a_name_that_yaml_reads_as_a_truth_value_is_taken_as_written() -> None:
    assert load("local", overrides=["proxy.default_mode=off"]).proxy.default_mode is Mode.OFF
    assert load("local", environ={"SLIPWAY__proxy__default_mode": "off"}).proxy.default_mode is Mode.OFF


def test_a_name_that_is_none_of_the_allowed_is_told_as_written() -> None:
    found = result("colour: no")

    assert isinstance(found, list)
    assert [problem.value for problem in found] == ['"no"']


def test_rules_about_a_section_are_silent_while_it_has_failed() -> None:
    subnets = "{us-east-1a: subnet-0123456789abcdef0, us-east-1b: subnet-0123456789abcdef0}"
    existing = f"{{vpc_id: vpc-0123456789abcdef0, cidr: 10.0.0.0/16, private_subnets: {subnets}}}"

    for wrong, words in ((existing, "named more than once"), ("[]", "must be a mapping")):
        with pytest.raises(ConfigurationError) as caught:
            load("test", overrides=[f"network.existing={wrong}", "network.egress=routed"])

        (problem,) = caught.value.problems
        assert problem.path == "network.existing"
        assert words in problem.message


def test_a_rule_over_several_keys_has_the_place_of_the_strongest_source() -> None:
    (problem,) = result("weight: 5\nis_open: true", "weight=4")  # type: ignore[misc]

    assert (problem.path, problem.source, problem.line) == ("is_open", "-c set", None)


def test_a_rule_whose_first_key_is_a_default_has_the_place_of_what_is_written() -> None:
    (problem,) = result("engine:\n  cylinders: 2\n  most: 0")  # type: ignore[misc]

    assert (problem.path, problem.line) == ("engine.least", 3)


def test_every_bad_tag_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load("test", overrides=['tags={"aws:x": a, "slipway:y": b, Owner: c, owner: d}'])

    messages = [problem.message for problem in caught.value.problems]
    assert len(messages) == 3
    for words in ("'aws:x'", "'slipway:y'", "Owner, owner"):
        assert any(words in message for message in messages), messages


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("weight='2'", "weight", 2),
        ("weight=true", "weight", 1),
        ("seats=['1_0']", "seats", (10,)),
        ("engine.cylinders=4.0", "engine.cylinders", 4),
        *((f"is_open='{text}'", "is_open", True) for text in ("true", "YES", "on", "t", "y")),
        *((f"is_open={text}", "is_open", False) for text in ("0", "no", "off", "f", "n")),
        ("built=86400", "built", date(1970, 1, 2)),
        ("number=1234", "number", "1234"),
    ],
)
def test_what_the_documentation_says_is_converted(assignment: str, path: str, value: object) -> None:
    found: object = result("", assignment)
    for key in path.split("."):
        found = getattr(found, key)

    assert found == value
