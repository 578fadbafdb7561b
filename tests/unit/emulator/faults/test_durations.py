"""The table of durations: complete for what is deployed, plausible, and honest about its sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.faults.durations import DURATIONS, OPERATIONS, OTHERS, describe, seconds

SNAPSHOTS = Path(__file__).resolve().parents[3] / "synth" / "snapshots"


def test_every_type_of_our_stacks_has_its_row() -> None:
    deployed = {
        resource["Type"]
        for file in SNAPSHOTS.glob("*/*.json")
        for resource in json.loads(file.read_text()).get("Resources", {}).values()
    }

    assert len(deployed) > 40
    assert deployed - DURATIONS.keys() == set()


@pytest.mark.parametrize("name", DURATIONS)
def test_each_row_is_in_order_and_says_where_it_is_from(name: str) -> None:
    row = DURATIONS[name]

    assert all(0 < row.of(operation).typical <= row.of(operation).slow for operation in OPERATIONS)
    assert "estimate" in row.source or ".com/" in row.source


def test_what_the_table_does_not_hold_takes_a_moment() -> None:
    assert seconds("AWS::New::Thing", "create", "typical") == OTHERS.create.typical


def test_a_slow_day_is_slower() -> None:
    assert seconds("AWS::EC2::NatGateway", "create", "slow") > seconds("AWS::EC2::NatGateway", "create", "typical") > 60


def test_the_table_as_plain_data() -> None:
    (row,) = describe("AWS::EC2::NatGateway")

    assert row["create"] == {"typical": 110, "slow": 240}
    assert "cdkd" in str(row["source"])
