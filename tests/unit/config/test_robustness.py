"""Whatever stands in a file, a variable or an assignment: a configuration, or an error of ours that can be printed."""

import json
import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from config.loader import load_as
from config.overrides import from_assignments, from_variables
from config.positions import UnreadableError, read_yaml
from config.problems import ConfigurationError
from tests.unit.config.small import Vehicle

WORDS = ["engine", "colour", "seats", "labels", "number", "built", "weight", "is_open", "most", "least", "x", "<<"]
MARKS = [
    ": ",
    "- ",
    "\n",
    "  ",
    "\t",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&a ",
    "*a",
    "'",
    '"',
    "|",
    ">",
    "#",
    "%",
    "? ",
    "---",
    "=",
]
TRAPS = ["!!int ", "!x ", "010", "1:30", "2026-02-30", "2026-11-21T25:00:00", ".inf", ".nan", "no", "~", "0x"]
PIECES = st.sampled_from(WORDS + MARKS + TRAPS)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.sampled_from(WORDS)
)
KEYS = st.sampled_from(WORDS) | st.text(max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
ASSIGNMENTS = st.lists(st.builds("{}={}".format, st.sampled_from(WORDS) | st.text(max_size=8), st.text(max_size=8)))


@given(st.lists(PIECES, max_size=25).map("".join) | st.binary(max_size=30))
@settings(deadline=None, max_examples=200)
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        document = read_yaml(text, "a.yaml")
    except UnreadableError as error:
        assert error.problem.source == "a.yaml"  # noqa: PT017 - either outcome is good
    else:
        assert isinstance(document.values, dict)


@given(values=st.dictionaries(KEYS, VALUES, max_size=5), assignments=ASSIGNMENTS)
@settings(deadline=None, max_examples=100)
def test_any_values_give_a_model_or_an_error_that_can_be_told(
    values: dict[str, object], assignments: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "base.yaml").touch()
        (folder / "here.yaml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
        try:
            load_as(Vehicle, "here", overrides=assignments, folder=folder)
        except ConfigurationError as error:
            assert all(problem.source for problem in error.problems), str(error)  # noqa: PT017 - either outcome is good
            assert len(json.loads(error.to_json())["problems"]) == len(error.problems)  # noqa: PT017


@given(st.text(max_size=40))
@settings(deadline=None)
def test_any_assignment_is_taken_or_refused(text: str) -> None:
    documents = from_assignments([text])

    assert documents
    assert all(document.values or document.problems for document in documents)


@given(st.text(max_size=20), st.text(max_size=20))
@settings(deadline=None)
def test_any_variable_is_taken_or_refused(name: str, value: str) -> None:
    (document,) = from_variables({f"SLIPWAY__{name}": value})

    assert document.values or document.problems
