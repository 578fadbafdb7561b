"""A listing has to say where, what, and what to do, for people and for programs."""

import json

from config.problems import ConfigurationError, Problem


def test_everything_that_is_known_is_shown() -> None:
    problem = Problem(
        message="must be at most 3, but is 9",
        path="fleet.desired",
        source="staging.yaml",
        line=4,
        column=3,
        allowed="1 to 3",
        nearest="desire",
        meaning="How many.",
        mend="write less",
    )

    assert str(problem).splitlines() == [
        "staging.yaml:4:3: fleet.desired: must be at most 3, but is 9",
        '    did you mean "desire"?',
        "    allowed: 1 to 3",
        "    meaning: How many.",
        "    to mend it: write less",
    ]


def test_only_what_is_known_is_shown() -> None:
    assert str(Problem("is not YAML", source="a.yaml")) == "a.yaml: is not YAML"


def test_a_message_that_starts_with_its_path_does_not_say_it_twice() -> None:
    assert str(Problem("fleet.a 3 is more than 2", path="fleet.a")) == "fleet.a 3 is more than 2"
    assert str(Problem("fleet.a: nobody has it", path="fleet.a")) == "fleet.a: nobody has it"


def test_problems_are_told_in_the_order_of_their_places() -> None:
    later, sooner = Problem("b", source="a.yaml", line=12), Problem("a", source="a.yaml", line=9)

    error = ConfigurationError("staging", [later, sooner])

    assert error.problems == (sooner, later)
    assert str(error).startswith('the configuration of environment "staging" has 2 problems\na.yaml:9: a\n')


def test_one_problem_is_not_called_problems() -> None:
    assert "has 1 problem\n" in str(ConfigurationError("staging", [Problem("a")]))


def test_programs_get_the_same_as_data() -> None:
    error = ConfigurationError("test", [Problem("bad", path="a.b", source="x.yaml", line=1, column=2, value="3")])

    document = json.loads(error.to_json())

    assert document["environment"] == "test"
    assert document["problems"][0] | {"path": "a.b", "line": 1, "column": 2, "value": "3"} == document["problems"][0]
