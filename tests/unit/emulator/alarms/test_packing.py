"""Values of metrics as a short text."""

from __future__ import annotations

import json

from emulator.alarms.packing import pack, restored, unpack
from emulator.alarms.statistics import sample, statistic_set

VALUES = {60: sample(1.5, 2.0), 120: statistic_set(2.0, 5.0, 2.0, 3.0)}


def test_packed_values_come_back():
    assert unpack(pack(VALUES)) == VALUES


def test_no_values_are_no_text():
    assert pack({}) == ""
    assert unpack("") == {}


def test_values_come_back_from_json():
    assert restored(json.loads(json.dumps(VALUES))) == VALUES
