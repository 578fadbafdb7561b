from datetime import timedelta

import pytest

from contract.sketch import RELATIVE_ERROR, Sketch
from contract.statistics import OTHERS, Cell, HostCount
from lambda_src.proxy_management.overview import MOST_HOSTS, Figures, Percentiles, Window, top_hosts


@pytest.mark.parametrize(
    ("window", "reach"),
    [
        (Window.LIVE, timedelta(minutes=15)),
        (Window.HOUR, timedelta(hours=1)),
        (Window.DAY, timedelta(days=1)),
        (Window.WEEK, timedelta(days=7)),
    ],
)
def test_whole_slots_reach_as_far_as_the_name_says(window, reach):
    assert window.slot * window.slots == reach


def test_percentiles_are_within_the_error_that_they_state():
    sketch = Sketch()
    for milliseconds in range(1, 1001):
        sketch.add(milliseconds)
    found = Percentiles.of(sketch)
    assert (found.count, found.relative_error) == (1000, RELATIVE_ERROR)
    for told, true in ((found.p50, 500), (found.p90, 900), (found.p99, 990)):
        assert told == pytest.approx(true, rel=RELATIVE_ERROR + 0.002)


def test_nothing_has_no_percentiles_and_no_rate():
    figures = Figures.of(Cell())
    assert (figures.answering.count, figures.answering.p50, figures.cache_hit_rate) == (0, None, None)


def test_figures():
    results = {"transformed": 2, "partly-transformed": 1, "cached": 1, "failed-open": 5, "passed-through": 9}
    figures = Figures.of(Cell(20, 18, 1000, 1, results, {"xxx": 1, "dict": 3}, reasons={"slow": 5}))
    assert (figures.requests, figures.responses, figures.response_bytes, figures.recycled) == (20, 18, 1000, 1)
    assert (figures.transformed, figures.failed_open, figures.cache_hit_rate) == (4, 5, 0.25)
    assert list(figures.results) == ["passed-through", "failed-open", "transformed", "cached", "partly-transformed"]
    assert list(figures.modes) == ["dict", "xxx"]
    assert figures.reasons == {"slow": 5}


def test_a_reply_names_the_busiest_hosts_only():
    hosts = {f"host-{number}": HostCount(number, 1, 0) for number in range(1, MOST_HOSTS + 3)}
    found = top_hosts(Cell(hosts=hosts))
    assert found[0].model_dump() == {"host": "host-52", "responses": 52, "transformed": 1, "failed_open": 0}
    assert found[-1].model_dump() == {"host": OTHERS, "responses": 3, "transformed": 2, "failed_open": 0}
    assert len(found) == MOST_HOSTS + 1
