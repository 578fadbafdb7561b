"""The quantile sketch keeps its promises: error, merging, size. Compared with the values themselves."""

from __future__ import annotations

import json
import math

import pytest
from ddsketch import DDSketch
from hypothesis import given
from hypothesis import strategies as st

from contract.sketch import FIRST_BIN, HIGHEST_MS, LAST_BIN, LOWEST_MS, RELATIVE_ERROR, Sketch

MILLISECONDS = st.floats(min_value=LOWEST_MS, max_value=HIGHEST_MS)
SHARES = (0, 0.01, 0.5, 0.9, 0.99, 1)
ROUNDING = 1e-9
"""Room for floating point at the border of a bin, where the error is exactly what was promised."""


def sketch_of(values: list[float]) -> Sketch:
    sketch = Sketch()
    for value in values:
        sketch.add(value)
    return sketch


@given(st.lists(MILLISECONDS | st.just(0.0), min_size=1, max_size=200))
def test_each_quantile_is_as_near_as_promised(values: list[float]) -> None:
    sketch, ordered = sketch_of(values), sorted(values)
    for share in SHARES:
        exact = next(value for number, value in enumerate(ordered, start=1) if number >= share * len(values))
        found = sketch.quantile(share)
        assert found is not None
        assert abs(found - exact) <= (RELATIVE_ERROR + ROUNDING) * exact, (share, exact, found)


@given(st.lists(MILLISECONDS, min_size=1, max_size=100))
def test_it_tells_the_same_as_the_implementation_of_those_who_published_it(values: list[float]) -> None:
    ours, theirs = sketch_of(values), DDSketch(RELATIVE_ERROR)
    for value in values:
        theirs.add(value)
    # They take the value at this position for that share, and we the lowest that so many do not exceed.
    for position in range(len(values)):
        share = min(1, (position + 0.5) / max(1, len(values) - 1))
        rank = (position + 0.5) / len(values)
        assert ours.quantile(rank) == pytest.approx(theirs.get_quantile_value(share), rel=ROUNDING)


def test_the_slowest_of_few_is_not_left_out() -> None:
    assert sketch_of([60.0, 262.0, 876.0]).quantile(0.99) == pytest.approx(876, rel=RELATIVE_ERROR)


@given(st.lists(MILLISECONDS, max_size=50), st.lists(MILLISECONDS, max_size=50), st.lists(MILLISECONDS, max_size=50))
def test_merging_is_the_same_as_adding_everything_in_any_order(a: list[float], b: list[float], c: list[float]) -> None:
    forth, back = Sketch(), Sketch()
    for part in (a, b, c):
        forth.merge(sketch_of(part))
    for part in (c, b, a):
        back.merge(sketch_of(part))
    assert forth == back == sketch_of(a + b + c)
    assert forth.count == len(a + b + c)


@given(st.lists(st.floats(allow_nan=False), max_size=50))
def test_whatever_is_added_lands_in_a_bin_and_survives_its_journey(values: list[float]) -> None:
    sketch = sketch_of(values)
    assert sketch.count == len(values)
    assert all(FIRST_BIN <= index <= LAST_BIN for index in sketch.bins)
    assert Sketch.from_dict(json.loads(json.dumps(sketch.to_dict()))) == sketch


def test_what_is_out_of_bounds_counts_as_the_bound() -> None:
    assert sketch_of([-5.0, 0.0, LOWEST_MS / 2]).quantile(1) == 0
    assert sketch_of([1e12]).quantile(0) == pytest.approx(HIGHEST_MS, rel=RELATIVE_ERROR)


def test_a_full_one_is_still_small() -> None:
    full = Sketch(10**9, dict.fromkeys(range(FIRST_BIN, LAST_BIN + 1), 10**6))
    assert len(json.dumps(full.to_dict())) < 20_000


def test_an_empty_one_has_no_quantile() -> None:
    assert Sketch().quantile(0.5) is None


def test_a_copy_goes_its_own_way() -> None:
    first = sketch_of([1.0])
    second = first.copy()
    first.add(1.0)
    assert (first.count, second.count) == (2, 1)


@pytest.mark.parametrize("share", [-0.1, 1.1, 99, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Sketch().quantile(share)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"zeros": 1}, TypeError),
        ({"zeros": 1, "bins": []}, TypeError),
        ({"zeros": 1, "bins": {}, "more": 1}, TypeError),
        ({"zeros": -1, "bins": {}}, ValueError),
        ({"zeros": True, "bins": {}}, ValueError),
        ({"zeros": 0, "bins": {"5": 1.5}}, ValueError),
        ({"zeros": 0, "bins": {"x": 1}}, ValueError),
        ({"zeros": 0, "bins": {str(LAST_BIN + 1): 1}}, ValueError),
    ],
)
def test_what_is_no_sketch_is_refused(values: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        Sketch.from_dict(values)
