"""Every source module that does something has a test file of its own, where everyone looks for it first.

`a/b/c.py` is tested by `tests/<kind>/a/b/test_c.py`, or, where a folder holds little logic, by one
`tests/<kind>/a/test_b.py` for the folder.
"""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

import pytest

from tests.architecture.repository import files, listed, sources, tree

TEST_FOLDERS = {
    "app.py": ("tests/unit", "tests/synth"),
    "stacks/proxy_platform/": ("tests/unit/stacks", "tests/synth"),
    "ci/": ("tests/unit/ci", "tests/emulated/ci"),
    "emulator/": ("tests/unit/emulator", "tests/emulated"),
    "local/image/": ("tests/unit/local/image", "tests/image"),
    "slipway/adapters/": ("tests/unit/slipway/adapters", "tests/emulated/slipway"),
    "ami_build/proxy/slipway_proxy/": ("tests/unit/ami_build", "tests/proxy"),
}
"""Where the tests of a folder stand, if not in `tests/unit` under the folder's own path."""

UNTESTED = frozenset(
    {
        "local/down.py",
        "local/locks.py",
        "local/platform.py",
        "local/status.py",
    }
)
"""Modules without a test file of their own; `tests/e2e` runs most of these as commands, but only whole.

The list only shrinks: never add to it, write the test.
"""


def has_logic(name: str) -> bool:
    """Return whether a module defines a function or method with a body, not only names, fields and protocols."""
    functions = (node for node in ast.walk(tree(name)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(not all(is_empty(statement) for statement in function.body) for function in functions)


def is_empty(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return True
        case _:
            return False


def candidates(name: str) -> set[str]:
    """Return where a module's test file may stand."""
    prefix = next((prefix for prefix in TEST_FOLDERS if name.startswith(prefix)), "")
    path = PurePosixPath(name.removeprefix(prefix) if name != prefix else name)
    stem = path.parent.name if path.stem == "__init__" else path.stem.strip("_")
    found = set()
    for root in TEST_FOLDERS.get(prefix, ("tests/unit",)):
        folder = PurePosixPath(root) / path.parent
        found |= {folder / f"test_{stem}.py", PurePosixPath(root) / f"test_{stem}.py"}
        found |= {folder.parent / f"test_{folder.name}{end}.py" for end in ("", f"_{stem}")}
    return {str(place) for place in found}


def untested() -> set[str]:
    tests = set(files(".py"))
    return {name for name in sources() if has_logic(name) and tests.isdisjoint(candidates(name))}


def test_every_module_with_logic_has_its_test_file() -> None:
    missing = untested() - UNTESTED

    assert missing == set(), f"write a test file for each: {listed(missing)}"


def test_the_list_of_exceptions_only_shrinks() -> None:
    mended = UNTESTED - untested()

    assert mended == set(), f"these have their tests or are gone, so take them from UNTESTED: {listed(mended)}"


@pytest.mark.parametrize(
    ("name", "test"),
    [
        ("config/loader.py", "tests/unit/config/test_loader.py"),
        ("config/models/fleet.py", "tests/unit/config/test_models_fleet.py"),
        ("config/models/fleet.py", "tests/unit/config/test_models.py"),
        ("stacks/proxy_platform/fleet.py", "tests/synth/test_fleet.py"),
        ("emulator/plugin/network.py", "tests/emulated/test_network.py"),
        ("emulator/__main__.py", "tests/unit/emulator/test_main.py"),
        ("ami_build/proxy/slipway_proxy/addon.py", "tests/proxy/test_addon.py"),
        ("ami_build/proxy/slipway_proxy/health/app.py", "tests/unit/ami_build/health/test_app.py"),
        ("lambda_src/shared/s3.py", "tests/unit/lambda_src/shared/test_s3.py"),
        ("app.py", "tests/synth/test_app.py"),
    ],
)
def test_where_a_test_file_may_stand(name: str, test: str) -> None:
    assert test in candidates(name)


def test_names_and_fields_alone_are_no_logic() -> None:
    assert not has_logic("contract/headers.py")
    assert has_logic("config/loader.py")
