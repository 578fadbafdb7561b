"""A store of our own for resources that no service of the emulator knows; saved and loaded with its state."""

from __future__ import annotations

import copy
import sys
from types import ModuleType
from typing import Any

from emulator.plugin.borrowed import borrow

_app = borrow("app", "_state_map")
_responses = borrow("core.responses", "AccountRegionScopedDict")
_MODULE = "slipway_records"

Record = dict[str, Any]
_records = _responses.AccountRegionScopedDict()


def put(kind: str, identifier: str, record: Record) -> None:
    """Store a record of the request's account and region."""
    _records[f"{kind} {identifier}"] = record


def get(kind: str, identifier: str) -> Record | None:
    """Return a record, or None."""
    found: Record | None = _records.get(f"{kind} {identifier}")
    return found


def remove(kind: str, identifier: str) -> None:
    """Remove a record, if there is one."""
    _records.pop(f"{kind} {identifier}", None)


def everything(kind: str) -> list[Record]:
    """Return all records of one kind, oldest first."""
    return [record for key, record in _records.items() if key.partition(" ")[0] == kind]


def everywhere(kind: str) -> list[tuple[str, str, Record]]:
    """Return account, region and record of all records of one kind, whichever account and region they belong to."""
    return [
        (account, region, record)
        for (account, region, key), record in _records.all_items()
        if key.partition(" ")[0] == kind
    ]


def _load(saved: dict[str, Any]) -> None:
    _records.clear()
    _records.update(saved.get("records", {}))


def install() -> None:
    """Have the emulator save and load the store as it does those of its services."""
    module = ModuleType(f"ministack.services.{_MODULE}")
    vars(module).update(
        get_state=lambda: {"records": copy.deepcopy(_records)},
        load_persisted_state=_load,
        reset=_records.clear,
    )
    sys.modules[module.__name__] = module
    _app._state_map[_MODULE] = _MODULE
