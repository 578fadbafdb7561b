"""Adding up cells as they are kept: as trees of numbers, in which the same name stands for the same count.

Taking each cell apart into objects first would take ten times as long, and a look at a day adds up thousands. It also
lets the cells of an older or newer version of the code be counted as far as this one knows their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from contract.sketch import Sketch
from contract.statistics import Cell, HostCount

type Tree = dict[str, int | Tree]
"""What :meth:`contract.statistics.Cell.to_dict` returns."""

_OF_CELLS = frozenset(field.name for field in fields(Cell))
_OF_HOSTS = frozenset(field.name for field in fields(HostCount))
_OF_SKETCHES = frozenset(field.name for field in fields(Sketch))


def add(total: Tree, more: Mapping[str, int | Tree]) -> None:
    """Add each number of a tree to the one of the same name in another; what is neither number nor tree is left out.

    :param total: changes.
    """
    for name, value in more.items():
        if isinstance(value, dict):
            branch = total.setdefault(name, {})
            if isinstance(branch, dict):
                add(branch, value)
        elif isinstance(value, int):
            so_far = total.setdefault(name, 0)
            if isinstance(so_far, int):
                total[name] = so_far + value


def tree_of(cell: Cell) -> Tree:
    """Return a cell as a tree."""
    return cell.to_dict()  # type: ignore[return-value]  # it says less of itself than it is


def cell_of(tree: Tree) -> Cell:
    """Return a tree as a cell, as far as this version of the code knows its names."""
    values: dict[str, Any] = _known(tree, _OF_CELLS)
    for name in values.keys() & {"answering", "transforming"}:
        values[name] = _known(values[name], _OF_SKETCHES)
    if "hosts" in values:
        values["hosts"] = {host: _known(count, _OF_HOSTS) for host, count in values["hosts"].items()}
    return Cell.from_dict(values)


def _known(tree: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in tree.items() if name in names}
