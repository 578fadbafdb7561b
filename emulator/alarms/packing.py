"""Values of metrics as a short text: saving all of them each time would take too long."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from emulator.alarms.statistics import Period


def pack(values: Mapping[int, Period]) -> str:
    """Return a text that holds the values of periods by their starts."""
    return base64.b64encode(zlib.compress(json.dumps(values).encode(), level=1)).decode() if values else ""


def unpack(text: str) -> dict[int, Period]:
    """Return the values that a text holds."""
    return restored(json.loads(zlib.decompress(base64.b64decode(text)))) if text else {}


def restored(values: Mapping[str, list[Any]]) -> dict[int, Period]:
    """Return values after their way through JSON, which makes texts of numbers that are keys."""
    return {int(start): _period(value) for start, value in values.items()}


def _period(saved: list[Any]) -> Period:
    samples, total, low, high, values = saved
    counts = None if values is None else {float(value): count for value, count in values.items()}
    return Period(samples, total, low, high, counts)
