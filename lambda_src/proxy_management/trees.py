"""Adding up cells as they are kept: as trees of numbers, in which the same name stands for the same count.

Taking each cell apart into objects first would take ten times as long, and a look at a day adds up thousands. It also
lets the cells of an older or newer version of the code be counted as far as this one knows their names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from contract.statistics import Cell

type Tree = dict[str, int | Tree]
"""What :meth:`contract.statistics.Cell.to_dict` returns."""

_NAMES = tuple(field.name for field in fields(Cell))


def add(total: Tree, more: Mapping[str, int | Tree]) -> None:
    """Add each number of a tree to the one of the same name in another.

    :param total: changes.
    """
    for name, value in more.items():
        if isinstance(value, dict):
            branch = total.setdefault(name, {})
            assert isinstance(branch, dict), f"{name} is a number here and a tree there"  # noqa: S101 - of ours
            add(branch, value)
        else:
            total[name] = total.get(name, 0) + value  # type: ignore[operator]  # both are numbers


def tree_of(cell: Cell) -> Tree:
    """Return a cell as a tree."""
    return cell.to_dict()  # type: ignore[return-value]  # it says less of itself than it is


def cell_of(tree: Tree) -> Cell:
    """Return a tree as a cell."""
    return Cell.from_dict({name: tree[name] for name in _NAMES if name in tree})
