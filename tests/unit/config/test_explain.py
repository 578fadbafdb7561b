"""An explanation says what the loader does: the value in effect, and everything that it overrode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ConfigurationError, environment_names, load
from config.explain import (
    DEFAULT,
    HIDDEN,
    NAME_OF_FILE,
    Explanation,
    Regional,
    Setting,
    UnknownPathError,
    explain,
    explain_layers,
    known_paths,
    without_secrets,
)
from config.overrides import from_assignments, from_variables
from config.positions import read_yaml
from tests.unit.config.small import Vehicle
from tests.unit.config.test_robustness import KEYS, VALUES

BASE = "colour: green\nengine:\n  cylinders: 6\n"
OWN = "engine:\n  cylinders: 8\nseats: [1, 4]\nlabels:\n  door: mind it\n"


def explanation(path: str, *assignments: str, variables: dict[str, str] | None = None, own: str = OWN) -> Explanation:
    layers = [
        read_yaml(BASE, "base.yaml"),
        read_yaml(own, "own.yaml"),
        *from_variables(variables or {}),
        *from_assignments(assignments),
    ]
    return explain_layers(Vehicle, "own", layers, path)


def setting(path: str, *assignments: str, variables: dict[str, str] | None = None, own: str = OWN) -> Setting:
    (found,) = explanation(path, *assignments, variables=variables, own=own).settings
    return found


def test_the_whole_chain_is_there_and_the_last_one_wins() -> None:
    found = setting(
        "engine.cylinders",
        "engine.cylinders=10,engine.cylinders=11",
        "engine.cylinders=12",
        variables={"SLIPWAY__engine__cylinders": "9"},
    )

    assert [(layer.place, layer.value) for layer in found.layers] == [
        (DEFAULT, 4),
        ("base.yaml:3:3", 6),
        ("own.yaml:2:3", 8),
        ("environment variable SLIPWAY__engine__cylinders", 9),
        ("-c set", 10),
        ("-c set", 11),
        ("-c set", 12),
    ]
    assert found.value == 12
    assert found.winner is found.layers[-1]


def test_it_says_default_meaning_and_what_is_allowed() -> None:
    found = setting("engine.cylinders")

    assert (found.default, found.required) == (4, False)
    assert (found.description, found.allowed) == ("Number of cylinders.", "whole number from 1 to 12")


def test_what_no_source_says_comes_from_the_model() -> None:
    found = setting("weight")

    assert (found.value, [layer.place for layer in found.layers]) == (1.5, [DEFAULT])


def test_a_section_gives_all_its_settings_in_the_models_order() -> None:
    assert [found.path for found in explanation("engine").settings] == [
        "engine.cylinders",
        "engine.fuel_password",
        "engine.least",
        "engine.most",
    ]


def test_without_a_path_everything_is_explained() -> None:
    paths = [found.path for found in explanation("").settings]

    assert paths[:3] == ["number", "colour", "built"]
    assert "labels.door" in paths


def test_a_list_is_replaced_as_a_whole_and_its_items_are_settings_too() -> None:
    assert setting("seats").value == [1, 4]
    assert [layer.value for layer in setting("seats.1").layers] == [3, 4]
    assert [layer.value for layer in setting("seats.1", "seats=[5]", "seats=[6, 7]").layers] == [3, 4, 7]


def test_a_section_that_is_replaced_by_a_single_value_speaks_of_all_in_it() -> None:
    found = explanation("labels.door", "labels=null")

    assert found.settings[0].layers[-1].value is None
    assert found.problems


def test_free_keys_are_settings_where_somebody_set_them() -> None:
    found = setting("labels.door")

    assert (found.value, found.required, [layer.place for layer in found.layers]) == (
        "mind it",
        False,
        ["own.yaml:5:3"],
    )


def test_a_free_key_that_nobody_set_is_not_set() -> None:
    found = setting("labels.window")

    assert (found.value, found.layers) == (None, ())


def test_a_value_that_json_lacks_becomes_text() -> None:
    assert (setting("weight", own="weight: .inf").value, setting("built").value) == ("inf", "2020-01-01")


def test_a_broken_configuration_is_explained_with_its_problems() -> None:
    found = explanation("engine.cylinders", own="engine:\n  cylinders: many\nwheels: 4\n")

    assert found.settings[0].value == "many"
    assert sorted(problem.path for problem in found.problems) == ["engine.cylinders", "wheels"]


def test_what_may_be_a_secret_is_never_shown() -> None:
    found = setting("engine.fuel_password", "engine.fuel_password=hunter2")

    assert {found.value, found.default, *(layer.value for layer in found.layers)} == {HIDDEN}


def test_secrets_are_hidden_wherever_they_stand() -> None:
    assert without_secrets({"a": {"token": "x", "none_token": None}, "b": [1]}) == {
        "a": {"token": HIDDEN, "none_token": None},
        "b": [1],
    }


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("colur", "colour"),
        ("engin.cylinders", "engine.cylinders"),
        ("engine.cylinder", "engine.cylinders"),
        ("engin.cylinder", "engine"),
        ("cylinders", "engine.cylinders"),
        ("engine.cylinders.count", None),
        ("labels.dor", "labels.door"),
        ("seats.7", None),
        ("colour.", None),
        ("..", None),
    ],
)
def test_an_unknown_path_is_refused_with_the_nearest_known_one(path: str, nearest: str | None) -> None:
    with pytest.raises(UnknownPathError) as refused:
        explanation(path)

    if nearest:
        assert refused.value.nearest == nearest
        assert f'did you mean "{nearest}"?' in str(refused.value)
    assert f'there is no setting "{path}"' in str(refused.value)


def test_the_name_of_the_environment_comes_from_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("project: shop\n")
    (tmp_path / "blue.yaml").write_text("")

    (found,) = explain("blue", "environment", folder=tmp_path).settings

    assert (found.value, found.layers[-1].place) == ("blue", NAME_OF_FILE)


def test_a_value_of_one_region_is_shown_beside_that_of_all() -> None:
    overrides = ["regions=[us-east-1, eu-west-1]", "network.zones=[us-east-1a, us-east-1b, eu-west-1a, eu-west-1b]"]
    overrides += ["regional.eu-west-1.network.cidr=10.99.0.0/16"]

    (found,) = explain("development", "network.cidr", overrides=[*overrides, "dns.visibility=public"]).settings

    assert found.in_regions == {"eu-west-1": Regional("10.99.0.0/16", "-c set")}


def test_a_file_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("a: [")
    (tmp_path / "blue.yaml").write_text("")

    with pytest.raises(ConfigurationError, match="is not YAML"):
        explain("blue", folder=tmp_path)


@pytest.mark.parametrize("environment", environment_names())
def test_it_agrees_with_the_loader_for_every_setting_of_every_environment(environment: str) -> None:
    loaded = load(environment).model_dump(mode="json")

    for found in explain(environment).settings:
        value = loaded
        for step in found.path.split("."):
            value = value[step] if value is not None else None
        assert found.value == value, found.path
        assert found.winner is not None, found.path


def test_every_known_path_can_be_explained() -> None:
    paths = known_paths()

    assert {"fleet", "fleet.maximum", "project"} <= set(paths)
    for path in (path for path in paths if "." not in path):
        explain("development", path)


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), min_size=1, max_size=3), st.lists(KEYS, max_size=3))
@settings(deadline=None, max_examples=150)
def test_whatever_the_sources_hold_is_explained(sources: list[dict[str, Any]], path: list[str]) -> None:
    layers = [read_yaml(yaml.safe_dump(source, allow_unicode=True), f"{n}.yaml") for n, source in enumerate(sources)]

    everything = explain_layers(Vehicle, "own", layers)
    try:
        found = explain_layers(Vehicle, "own", layers, ".".join(path))
    except UnknownPathError as error:
        assert str(error).startswith("there is no setting")  # noqa: PT017 - either outcome is good
    else:
        assert found.problems == everything.problems
    assert {"engine.cylinders", "colour"} <= {each.path for each in everything.settings} or everything.problems
