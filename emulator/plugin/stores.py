"""How much the emulator holds in memory, store by store; for finding out what grows over a long run."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from emulator.plugin.borrowed import borrow

_responses = borrow("core.responses", "AccountRegionScopedDict", "AccountScopedDict")

_DEPTH = 6
"""How deep containers in containers are looked into."""


def sizes(_arguments: Mapping[str, Any] | None = None) -> dict[str, int]:
    """Return the number of things in each module-level container, nested ones counted in.

    Objects of ours count as many as they say (`__len__`).
    """
    found: dict[str, int] = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith(("ministack.", "emulator.")):
            found |= {f"{name}.{store}": size for store, size in _sizes_of(module).items() if size}
    return found


def _sizes_of(module: ModuleType) -> dict[str, int]:
    containers = (dict, list, set, deque, _responses.AccountScopedDict, _responses.AccountRegionScopedDict)
    values = {name: value for name, value in vars(module).items() if isinstance(value, containers) or _tells(value)}
    return {name: _count(value, _DEPTH) for name, value in values.items() if not name.startswith("__")}


def _tells(value: Any) -> bool:
    """Tell whether this is an object of ours that says how much it holds."""
    kind = type(value)
    return kind.__module__.startswith("emulator.") and hasattr(kind, "__len__") and not issubclass(kind, tuple | type)


def _count(value: Any, depth: int) -> int:
    if isinstance(value, (_responses.AccountScopedDict, _responses.AccountRegionScopedDict)):
        value = value._data
    if _tells(value):
        return len(value)
    if not isinstance(value, dict | list | set | deque | tuple):
        return 0
    parts: Iterable[Any] = list(value.values()) if isinstance(value, dict) else list(value)
    return len(value) + (sum(_count(part, depth - 1) for part in parts) if depth else 0)
