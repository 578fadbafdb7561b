"""House rules that hold for every Python file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.repository import files, imports, listed, sources, text, tree

CLAIM = re.compile(r"(?:verified|tested|checked|works) on (?:real )?AWS", re.IGNORECASE)

LONGEST_FILE = 400
LONGEST_FUNCTION = 60

LONG_FILES: frozenset[str] = frozenset()
"""Files over the limit. The list only shrinks."""

LONG_FUNCTIONS: frozenset[str] = frozenset()
"""Functions over the limit, as `file: name`. The list only shrinks."""

OUTSIDE_WORLD = {
    "os.environ",
    "os.getenv",
    "sys.argv",
    "time.time",
    "datetime.now",
    "datetime.datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "datetime.date.today",
}

READERS: frozenset[str] = frozenset()
"""Modules that are no entry point and still read environment, arguments or the wall clock. The list only shrinks."""


def is_entry_point(name: str) -> bool:
    """Return whether a file is run, rather than imported: a handler, a program, or a folder of programs."""
    runs = any(
        isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'" for node in tree(name).body
    )
    return runs or name == "app.py" or name.endswith(("/handler.py", "/__main__.py"))


def reads_of_the_world(name: str) -> Iterator[str]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in OUTSIDE_WORLD:
            yield f"{name}:{node.lineno} reads {ast.unparse(node)}"


def long_functions() -> set[str]:
    return {
        f"{name}: {node.name}"
        for name in sources()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONGEST_FUNCTION
    }


def long_files() -> set[str]:
    return {name for name in sources() if len(text(name).splitlines()) > LONGEST_FILE}


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name in sources() if tree(name).body and not ast.get_docstring(tree(name))]

    assert silent == [], f"write a docstring with the module's job and what it must not do: {listed(silent)}"


def test_only_entry_points_read_the_outside_world() -> None:
    inner = [name for name in sources() if not is_entry_point(name) and name not in READERS]

    wrong = [read for name in inner for read in reads_of_the_world(name)]

    assert wrong == [], f"everything below an entry point gets values handed to it; {listed(wrong)}"


def test_the_list_of_readers_only_shrinks() -> None:
    mended = {name for name in READERS if name not in sources() or not any(reads_of_the_world(name))}

    assert mended == set(), f"take these from READERS: {listed(mended)}"


def test_files_are_short() -> None:
    assert long_files() - LONG_FILES == set(), f"more than {LONGEST_FILE} lines; split them by what they do"


def test_functions_are_short() -> None:
    wrong = long_functions() - LONG_FUNCTIONS

    assert wrong == set(), f"more than {LONGEST_FUNCTION} lines; {listed(wrong)}"


def test_the_lists_of_long_things_only_shrink() -> None:
    assert LONG_FILES - long_files() == set(), "take these from LONG_FILES"
    assert LONG_FUNCTIONS - long_functions() == set(), "take these from LONG_FUNCTIONS"


@pytest.mark.parametrize("name", [name for name in files(".py") if name.startswith("tests/")])
def test_tests_hand_in_fakes_and_patch_nothing(name: str) -> None:
    patches = [found for found in imports(name) if found.is_of("unittest.mock.patch", "mock.patch")]
    patches_by_attribute = [
        node.lineno
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"mock.patch", "unittest.mock.patch"}
    ]
    fixtures = [
        f"{name}:{node.lineno}" for node in ast.walk(tree(name)) if isinstance(node, ast.arg) and node.arg == "mocker"
    ]

    assert (patches, patches_by_attribute, fixtures) == ([], [], [])


def test_no_test_is_left_out() -> None:
    marks = {"skip", "skipif", "xfail", "importorskip"}

    wrong = [
        f"{name}:{node.lineno} {ast.unparse(node)}"
        for name in files(".py")
        if name.startswith("tests/")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute) and node.attr in marks and ast.unparse(node).startswith("pytest.")
    ]

    assert wrong == [], listed(wrong)


def test_nothing_claims_to_be_verified_on_aws() -> None:
    """What was tried in the embedded AWS was deployed to the emulator, and no program of ours may say more of it."""
    claims = [name for name in files() if name.endswith((".py", ".sh", "Makefile")) and CLAIM.search(text(name))]

    assert [name for name in claims if not name.startswith("tests/")] == []
