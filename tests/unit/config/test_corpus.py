"""Mistakes that people make: each is refused with its place, its value and its cure, and nothing else is reported."""

import json
import re
from pathlib import Path

import pytest

from tests.unit.config.corpus import Case, cases

CASES = list(cases())

FOREIGN = re.compile(r"Traceback|pydantic|Input should|Value error|validation error|\[type=|instance of|\bNone")
"""Words of programs, which no message for people holds."""


def test_the_corpus_is_large() -> None:
    assert len(CASES) >= 300
    assert len({case.text + str(case.assignments) + str(case.variables) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_refused_with_place_value_and_cure(case: Case, tmp_path: Path) -> None:
    error = case.error(tmp_path)

    assert error is not None, "it was taken"
    told = [(problem.path, problem.message) for problem in error.problems]
    assert sorted(path for path, _ in told) == sorted(path for path, _ in case.expected), str(error)
    for path, words in case.expected:
        assert any(path == found and words in message for found, message in told), str(error)
    for problem in error.problems:
        assert problem.mend, f"nothing says how to mend it: {problem}"
        assert problem.source, f"nothing says where it is: {problem}"
        assert has_value(problem.path, problem.message, problem.value), f"nothing says what is wrong: {problem}"
    assert not FOREIGN.search(str(error)), str(error)
    assert len(json.loads(error.to_json())["problems"]) == len(case.expected)


def has_value(path: str, message: str, value: str | None) -> bool:
    """Return whether a problem shows its value, or has none: a missing key, a secret, a file that is no YAML."""
    return value is not None or not path or "is missing" in message or "secret" in path or "password" in path
