"""The plug-in uses no private name of the emulator that it does not check at start."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from emulator.plugin.borrowed import Border, MissingNamesError, borrow, changed_parameters, require_all

PLUGIN = Path(__file__).resolve().parents[4] / "emulator" / "plugin"


def borrowed_names(tree: ast.Module) -> dict[str, set[str]]:
    """Return, by variable, the names that a module says it borrows."""
    found = {}
    for node in tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=variable)], value=ast.Call(func=ast.Name(id="borrow"), args=[_module, *names])
            ):
                found[variable] = {name.value for name in names}
            case _:
                pass
    return found


def used_names(tree: ast.Module, variable: str) -> set[str]:
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == variable}


def mentioned_names(tree: ast.Module) -> set[str]:
    """Return all strings but those that only say what is borrowed: a name may be replaced, or looked up in a table."""
    borrowings = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "borrow"
        for part in ast.walk(node)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in borrowings)
    return {node.value for node in constants if isinstance(node.value, str)}


@pytest.mark.parametrize("path", sorted(PLUGIN.glob("*.py")), ids=lambda path: path.stem)
def test_every_name_that_is_used_is_checked_and_none_is_checked_in_vain(path):
    tree = ast.parse(path.read_text())

    for variable, names in borrowed_names(tree).items():
        used = used_names(tree, variable)
        assert used - names == set(), f"borrow these, too, as {variable}"
        assert names - used - mentioned_names(tree) == set(), f"{variable} borrows these in vain"


def test_nothing_is_imported_from_the_emulator_past_the_check():
    for path in PLUGIN.glob("*.py"):
        imports = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        modules = [getattr(node, "module", None) or node.names[0].name for node in imports]
        assert not [module for module in modules if module.startswith("ministack")], path


def test_missing_emulator_is_said_by_name():
    with pytest.raises(ModuleNotFoundError, match="ministack"):
        borrow("services.ec2", "_vpcs")


def test_nothing_missing_is_no_error():
    require_all()


@pytest.fixture
def emulated(monkeypatch) -> ModuleType:
    """A module of an emulator, and nothing else of it."""
    package, module = ModuleType("ministack"), ModuleType("ministack.services")
    package.__path__ = []  # type: ignore[attr-defined]
    module.create = lambda name, data: (name, data)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ministack", package)
    monkeypatch.setitem(sys.modules, "ministack.services", module)
    return module


def test_all_that_is_missing_is_named_at_once(emulated):
    border = Border()
    module = border.borrow("services", "create", "_vpcs", "_subnets")
    gone = border.borrow("gone", "anything")
    border.replace(module, "_update", lambda original: original)
    border.replace(gone.Worker, "start", lambda original: original)

    with pytest.raises(MissingNamesError) as error:
        border.require_all()

    assert str(error.value).splitlines()[0] == (
        "this version of ministack lacks ministack.gone (the whole module), ministack.services._subnets, "
        "ministack.services._update, ministack.services._vpcs"
    )
    assert "next: install the version that emulator/requirements.in pins" in str(error.value)


def test_a_replacement_that_cannot_be_called_as_the_original_is_named_with_both(emulated):
    border = Border()
    border.replace(emulated, "create", lambda _original: lambda name: name)

    with pytest.raises(MissingNamesError, match=r"has changed: ministack\.services\.create takes \(name, data\)"):
        border.require_all()


def test_a_replacement_that_fits_takes_its_place(emulated):
    border = Border()
    border.replace(emulated, "create", lambda original: lambda *rest: ["ours", *original(*rest)])
    border.require_all()

    assert emulated.create("a", 1) == ["ours", "a", 1]


def function(parameters: str) -> Any:
    return eval(f"lambda {parameters}: None")  # noqa: S307 - the parameters stand right below


@pytest.mark.parametrize(
    ("original", "replacement"),
    [
        ("a, b", "x, y"),
        ("a, b=1", "x, y=2"),
        ("a, b=1", "x, y"),
        ("a, *, key", "x, *, key"),
        ("a, *, key", "x, **named"),
        ("a, b, c=1, *, key=2", "*rest, **named"),
    ],
)
def test_what_can_stand_in(original, replacement):
    assert changed_parameters(function(original), function(replacement)) is None


def test_who_replaces_a_replacement_is_held_against_the_original(emulated):
    border = Border()
    border.replace(emulated, "create", lambda original: lambda *rest: ("first", original(*rest)))
    border.replace(emulated, "create", lambda original: lambda name, data: ("second", original(name, data)))
    border.require_all()
    border.replace(emulated, "create", lambda original: lambda name: ("third", original(name)))

    with pytest.raises(MissingNamesError, match=r"takes \(name, data\) and our replacement \(name\)"):
        border.require_all()


@pytest.mark.parametrize(
    ("original", "replacement"),
    [("a, b", "x"), ("a", "x, y"), ("a, *, key", "x"), ("a", "x, *, key")],
)
def test_what_cannot(original, replacement):
    assert "and our replacement" in str(changed_parameters(function(original), function(replacement)))


def test_what_is_no_function_has_no_parameters():
    assert changed_parameters(("/health",), ("/",)) is None
