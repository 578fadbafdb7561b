"""Whatever is wrong with a configuration: it is refused with each mistake's place, value and cure, never a traceback.

`SLIPWAY_EXAMPLES=5000` tries others, and more, than the 150 that continuous integration has time for.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config import environment_names
from config.loader import ENVIRONMENTS
from tests.fuzz.mistakes import Mistake, broken_files, document, junk, mistakes, refusal
from tests.unit.config.test_corpus import FOREIGN
from tests.unit.config.test_schema import SCHEMA, as_json

COMMON = 150
EXAMPLES = int(os.environ.get("SLIPWAY_EXAMPLES", COMMON))
NAMES = st.sampled_from(environment_names())

TRICKS = {
    "a tab": lambda text: text.replace("\n  ", "\n\t", 1),
    "a key twice": lambda text: text + "fleet: {minimum: 1}\n" + "fleet: {minimum: 1}\n",
    "an open bracket": lambda text: text + "tags: {a: [b\n",
    "an open quote": lambda text: text + 'tags: {a: "b\n',
    "a list at the top": lambda text: "".join(f"- {line}\n" for line in text.splitlines() if ":" in line[:12]),
    "two documents": lambda text: text + "---\n" + text,
    "an unknown tag": lambda text: text + "tags: !mine {a: b}\n",
    "an unknown anchor": lambda text: text + "tags: *mine\n",
    "bytes": lambda text: text + "tags: {a: \x00}\n",
}
"""What can be wrong with the writing, whatever is written."""


def test_there_are_hundreds_of_mistakes_to_make() -> None:
    assert len(mistakes()) > 1000


@given(found=broken_files(), environment=NAMES)
@settings(deadline=None, max_examples=EXAMPLES, derandomize=EXAMPLES == COMMON)
def test_every_mistake_is_told_with_its_cure(found: list[Mistake], environment: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        error = refusal(document(found, environment), environment, Path(folder))

    assert error is not None, "it was taken"
    told = [tuple(problem.path.split(".")) for problem in error.problems]
    for mistake in found:
        assert any(path[: len(mistake.path)] == mistake.path for path in told), f"{mistake} is not told: {error}"
    assert all(problem.mend and problem.source for problem in error.problems), str(error)
    assert not FOREIGN.search(str(error)), str(error)


@given(found=junk(), environment=NAMES)
@settings(deadline=None, max_examples=EXAMPLES, derandomize=EXAMPLES == COMMON, suppress_health_check=list(HealthCheck))
def test_anything_anywhere_is_taken_or_refused_in_words(found: list[Mistake], environment: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        error = refusal(document(found, environment), environment, Path(folder))

    assert error is None or not FOREIGN.search(str(error)), str(error)
    assert error is None or error.to_json()
    assert error is not None or SCHEMA.is_valid(as_json(document(found, environment))), "editors refuse what is taken"


@given(text=st.sampled_from([file.read_text(encoding="utf-8") for file in sorted(ENVIRONMENTS.glob("[d-t]*.yaml"))]))
@settings(deadline=None, max_examples=8)
@pytest.mark.parametrize("trick", TRICKS)
def test_bad_writing_is_told_with_its_cure(trick: str, text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        error = refusal(TRICKS[trick](text), "development", Path(folder))

    assert error is not None, "it was taken"
    assert all(problem.mend and problem.source for problem in error.problems), str(error)
    assert not FOREIGN.search(str(error)), str(error)


def test_what_is_not_broken_is_taken(tmp_path: Path) -> None:
    for environment in environment_names():
        text = document([], environment)

        assert refusal(text, environment, tmp_path) is None
        assert yaml.safe_load(text)
