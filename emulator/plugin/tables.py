"""DynamoDB tables as templates describe them: items that expire, and backups."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from emulator.plugin import clock
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Created, Properties, after, amend, expect_success

_ddb = borrow(
    "services.dynamodb",
    "_lock",
    "_remove_item",
    "_table_description",
    "_tables",
    "_ttl_settings",
    "_update_continuous_backups",
    "_update_ttl",
)

TYPE = "AWS::DynamoDB::Table"
INTERVAL_SECONDS = 1.0
_TOO_OLD_SECONDS = 5 * 365 * 86_400
"""DynamoDB takes a moment that is longer ago for a mistake, and leaves the item (Developer Guide, "Using TTL")."""


def _configure(created: Created, properties: Properties) -> Created:
    table = created[0]
    expiry = properties.get("TimeToLiveSpecification") or {"Enabled": False}
    if expiry.get("AttributeName") or table in _ddb._ttl_settings:
        attribute = expiry.get("AttributeName") or _ddb._ttl_settings[table].get("AttributeName", "")
        specification = {"AttributeName": attribute, "Enabled": str(expiry.get("Enabled", True)).lower() == "true"}
        if _ddb._ttl_settings.get(table) != _setting(specification):
            expect_success(table, _ddb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification}))
    backups = properties.get("PointInTimeRecoverySpecification")
    if backups is not None:
        request = {"TableName": table, "PointInTimeRecoverySpecification": backups}
        expect_success(table, _ddb._update_continuous_backups(request))
    return created


def _setting(specification: dict[str, Any]) -> dict[str, str]:
    status = "ENABLED" if specification["Enabled"] else "DISABLED"
    return {"TimeToLiveStatus": status, "AttributeName": specification["AttributeName"]}


async def expire() -> None:
    """Remove items whose time is over, again and again, for ever. AWS takes up to some days for it."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        now = clock.now()
        for (account, region, name), setting in _ddb._ttl_settings.all_items():
            table = _ddb._tables.get_scoped(account, region, name)
            if table and setting.get("TimeToLiveStatus") == "ENABLED":
                with _ddb._lock:
                    _remove_expired(table, setting["AttributeName"], now)


def _remove_expired(table: dict[str, Any], attribute: str, now: float) -> None:
    for partition, items in list(table["items"].items()):
        for key, item in list(items.items()):
            # Only a number counts; AWS leaves items with anything else alone.
            moment = item.get(attribute, {}).get("N")
            if moment is not None and now - _TOO_OLD_SECONDS < float(moment) <= now:
                _ddb._remove_item(table, partition, key)


_ON_DEMAND = (12_000, 4_000)
"""Reads and writes per second that a new table without provisioned throughput takes at once."""


def _with_warm_throughput(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A table takes from the start what it is provisioned for; the emulator says that it takes nothing."""

    def describe(*arguments: Any) -> dict[str, Any]:
        described: dict[str, Any] = original(*arguments)
        warm = described.get("WarmThroughput", {})
        if warm.get("ReadUnitsPerSecond") == 0:
            provisioned = described.get("ProvisionedThroughput") or {}
            reads, writes = (provisioned.get(key) for key in ("ReadCapacityUnits", "WriteCapacityUnits"))
            warm["ReadUnitsPerSecond"] = reads or _ON_DEMAND[0]
            warm["WriteUnitsPerSecond"] = writes or _ON_DEMAND[1]
        return described

    return describe


def install() -> None:
    """Apply the corrections of this module."""
    amend(TYPE, **after(_configure))
    replace(_ddb, "_table_description", _with_warm_throughput)
