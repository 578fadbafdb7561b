"""Variables and assignments become documents whose every value knows where it came from."""

import pytest

from config.layers import merge
from config.overrides import from_assignments, from_variables
from config.positions import read_yaml


def test_a_variable_sets_a_path() -> None:
    (document,) = from_variables({"SLIPWAY__fleet__desired": "3", "PATH": "/bin", "SLIPWAY_VERSION": "1"})

    assert document.values == {"fleet": {"desired": 3}}
    assert document.sources["fleet", "desired"].name == "environment variable SLIPWAY__fleet__desired"
    assert document.sources["fleet", "desired"].text == "3"
    assert document.sources["fleet",].name == "environment variable SLIPWAY__fleet__desired"


def test_capital_keys_are_read_in_lower_case_and_mixed_ones_as_they_are() -> None:
    (document,) = from_variables({"SLIPWAY__TAGS__CostCentre": "7"})

    assert document.values == {"tags": {"CostCentre": 7}}


def test_single_underscores_belong_to_the_key() -> None:
    (document,) = from_variables({"SLIPWAY__html_service__memory_mb": "1"})

    assert document.values == {"html_service": {"memory_mb": 1}}


@pytest.mark.parametrize("name", ["SLIPWAY__", "SLIPWAY__a____b"])
def test_a_variable_without_a_path_is_refused(name: str) -> None:
    (document,) = from_variables({name: "1"})
    (problem,) = document.problems

    assert (problem.source, problem.message) == (f"environment variable {name}", "names no key")


def test_two_spellings_of_one_setting_are_refused() -> None:
    _, refused = from_variables({"SLIPWAY__FLEET__DESIRED": "3", "SLIPWAY__fleet__desired": "4"})

    (problem,) = refused.problems
    assert problem.source == "environment variable SLIPWAY__fleet__desired"
    assert problem.message == "sets what SLIPWAY__FLEET__DESIRED sets, in another spelling"
    assert refused.values == {}


def test_a_variable_with_one_underscore_too_few_is_told() -> None:
    (document,) = from_variables({"SLIPWAY_fleet__desired": "3", "SLIPWAY_RUNTIME_DIRECTORY": "/run"})

    (problem,) = document.problems
    assert problem.message == "sets nothing, as it begins with one underscore less"
    assert problem.mend == "write SLIPWAY__fleet__desired"


def test_an_empty_variable_means_null() -> None:
    assert from_variables({"SLIPWAY__fleet__desired": ""})[0].values == {"fleet": {"desired": None}}


def test_assignments_set_paths_and_later_ones_win() -> None:
    document = merge(from_assignments(["a.b=1", "a.c=[x, y]", "a.b=2"]))

    assert document.values == {"a": {"b": 2, "c": ["x", "y"]}}
    assert document.sources["a", "b"].name == "-c set"
    assert document.sources["a", "c"].text is None


def test_several_assignments_in_one_are_told_from_commas_in_values() -> None:
    document = merge(from_assignments(["a.b=[1,2],mail=x@y.z,c=one,two,d.e={f: 1}"]))

    assert document.values == {"a": {"b": [1, 2]}, "mail": "x@y.z", "c": "one,two", "d": {"e": {"f": 1}}}


def test_a_value_may_hold_an_equals_sign() -> None:
    assert merge(from_assignments(["a=b=c"])).values == {"a": "b=c"}


def test_a_mapping_replaces_a_single_value_on_the_way() -> None:
    assert merge(from_assignments(["a=1", "a.b=2"])).values == {"a": {"b": 2}}


@pytest.mark.parametrize("text", ["", "a", "=1", "a..b=1", ".a=1", "a b=1"])
def test_what_is_no_assignment_is_refused_with_its_text(text: str) -> None:
    (document,) = from_assignments([text])

    (problem,) = document.problems
    assert document.values == {}
    assert problem.source == "-c set"
    assert problem.message == f'"{text}" is not of the form path.to.key=value'


def test_each_assignment_is_a_layer_of_its_own_so_that_what_it_overrides_is_not_lost() -> None:
    assert [document.values for document in from_assignments(["a=1,a=2", "a=3"])] == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_a_mapping_goes_over_one_of_a_file_key_by_key() -> None:
    file = read_yaml("a: {b: 1, c: 1}", "a.yaml")

    merged = merge([file, *from_assignments(["a={b: 2, d: [{e: 1}]}"])])

    assert merged.values == {"a": {"b": 2, "c": 1, "d": [{"e": 1}]}}
    assert {merged.sources[path].name for path in (("a", "b"), ("a", "d", 0, "e"))} == {"-c set"}
    assert merged.sources["a", "c"].name == "a.yaml"
