"""The plug-in uses no private name of the emulator that it does not check at start."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from emulator.plugin.borrowed import MissingNamesError, borrow, require_all

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
    used = {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == variable}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="replace"), args=[ast.Name(id=module), ast.Constant(value=name), *_]):
                used |= {name} if module == variable else set()
            case _:
                pass
    return used


@pytest.mark.parametrize("path", sorted(PLUGIN.glob("*.py")), ids=lambda path: path.stem)
def test_every_name_that_is_used_is_checked_and_none_is_checked_in_vain(path):
    tree = ast.parse(path.read_text())

    for variable, names in borrowed_names(tree).items():
        assert used_names(tree, variable) == names


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


def test_error_names_the_missing_one():
    error = MissingNamesError("this version of ministack lacks ministack.services.ec2._vpcs")

    assert "services.ec2._vpcs" in str(error)
