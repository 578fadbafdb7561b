"""The chart of responses."""

from datetime import UTC, datetime

from contract.statistics import Cell
from lambda_src.proxy_management.charts import HEIGHT, LEAST_FAILURE, WIDTH, chart_of
from lambda_src.proxy_management.overview import Figures, Slot

AT = datetime(2026, 11, 21, tzinfo=UTC)


def slot(**results):
    return Slot(at=AT, figures=Figures.of(Cell(responses=sum(results.values()), results=dict(spelt(results)))))


def spelt(results):
    return {name.replace("_", "-"): count for name, count in results.items()}.items()


def test_bars_are_stacked_from_the_ground_in_the_highest_ones_scale():
    chart = chart_of([slot(transformed=50, passed_through=40, failed_open=10), slot(), slot(cached=25)])
    assert chart.highest == 100
    assert [(block.kind, block.height) for block in chart.blocks] == [
        ("transformed", 80), ("other", 64), ("failed", 16), ("transformed", 40)
    ]  # fmt: skip
    assert [block.y for block in chart.blocks] == [HEIGHT - 80, HEIGHT - 144, 0, HEIGHT - 40]
    assert all(block.x >= 0 and block.x + block.width <= WIDTH for block in chart.blocks)
    assert chart.blocks[3].x > chart.blocks[0].x + 2 * chart.blocks[0].width


def test_one_failure_among_thousands_is_seen_and_its_bar_is_no_higher_for_it():
    chart = chart_of([slot(passed_through=9_999, failed_open=1), slot(failed_open=1)])
    other, failed, alone = chart.blocks
    assert (failed.kind, failed.y, failed.height) == ("failed", 0, LEAST_FAILURE)
    assert (other.y, other.height) == (LEAST_FAILURE, HEIGHT - LEAST_FAILURE)
    assert (alone.height, alone.y) == (LEAST_FAILURE, HEIGHT - LEAST_FAILURE)


def test_the_slot_that_is_running_is_told_from_those_that_are_over():
    chart = chart_of([slot(transformed=1), slot(transformed=1, failed_open=1)])
    assert [block.is_running for block in chart.blocks] == [False, True, True]


def test_nothing_is_no_chart():
    assert chart_of([slot(), slot()]).blocks == chart_of([]).blocks == ()


def test_counts_that_contradict_each_other_stay_within_the_drawing():
    odd = Slot(at=AT, figures=Figures.of(Cell(responses=1, results={"cached": 5, "failed-open": 3})))
    assert all(block.y >= 0 and block.height <= HEIGHT for block in chart_of([odd]).blocks)
