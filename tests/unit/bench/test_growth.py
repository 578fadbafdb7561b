"""What a region more costs, and configurations of many regions."""

from __future__ import annotations

import os

import pytest

from bench.growth import COUNTS, overrides, per_region, synthesise
from bench.measure import BenchmarkError
from bench.synthesis import environment
from config import load


def test_what_grows_linearly_costs_the_same_for_every_region():
    steps = per_region({1: [3.0], 4: [6.0], 16: [18.0]})

    assert steps == {"a region more, from 1 to 4": [1.0], "a region more, from 4 to 16": [1.0]}


def test_what_grows_faster_shows():
    first, second = per_region({1: [1.0], 4: [16.0], 16: [256.0]}).values()

    assert second[0] / first[0] == 4


@pytest.mark.parametrize("count", COUNTS)
def test_the_platform_can_stand_in_so_many_regions(count):
    assert len(load("production", overrides=[overrides(count)]).regions) == count


def test_a_failed_synthesis_is_an_error_and_no_figure():
    with pytest.raises(BenchmarkError, match=r"0 regions failed: .*; next: run cdk synth yourself"):
        synthesise(environment(os.environ), 0)
