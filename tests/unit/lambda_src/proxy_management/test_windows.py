from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.sketch import Sketch
from contract.statistics import MINUTE_FORMAT, Cell, HostCount, Report
from lambda_src.proxy_management.hours import HOUR, Process, ProcessHour, hour_of
from lambda_src.proxy_management.overview import Window
from lambda_src.proxy_management.reports import take_report
from lambda_src.proxy_management.sums import key_of
from lambda_src.proxy_management.windows import KEPT_FOR, LONGEST_ON_THE_WAY, SETTLING, Statistics
from tests.unit.lambda_src.proxy_management.memory import MemoryStore

NOW = datetime(2026, 11, 21, 22, 41, 30, tzinfo=UTC)
INTERVAL = timedelta(seconds=5)
PROCESS = Process("i-1", "1")


@pytest.fixture
def statistics(store):
    return Statistics(store, INTERVAL)


class Clocked:
    """Reports cells of minutes that lie some time back, each as it is over."""

    def __init__(self, store):
        self.store = store
        self.sequence = 0

    def __call__(self, cell, back=timedelta(), *, process=PROCESS, at=None, **said):
        self.sequence += 1
        moment = NOW - back
        report = Report(self.sequence, cells={moment.strftime(MINUTE_FORMAT): cell}, **said)
        take_report(self.store, process, report, at or moment)


@pytest.fixture
def count(store):
    return Clocked(store)


def points(overview):
    return {slot.at: slot.figures.requests for slot in overview.series if slot.figures.requests}


def test_nothing_reported(statistics):
    overview = statistics.overview(Window.LIVE, NOW)
    assert (overview.totals.requests, overview.hosts, overview.instances) == (0, (), ())
    assert overview.updated_at is None
    assert len(overview.series) == 16


@pytest.mark.parametrize(
    ("window", "since", "slot"),
    [
        (Window.LIVE, "2026-11-21T22:26Z", 60),
        (Window.HOUR, "2026-11-21T21:40Z", 300),
        (Window.DAY, "2026-11-20T22:00Z", 3600),
        (Window.WEEK, "2026-11-14T18:00Z", 21600),
    ],
)
def test_a_window_begins_with_a_whole_slot_and_leaves_out_what_is_before(statistics, count, window, since, slot):
    beginning = datetime.fromisoformat(since)
    count(Cell(1))
    count(Cell(10), NOW - beginning)
    count(Cell(100), NOW - beginning + timedelta(minutes=1))
    overview = statistics.overview(window, NOW)
    assert (overview.since, overview.until, overview.slot_seconds) == (beginning, NOW, slot)
    assert overview.totals.requests == 11
    assert [next(iter(points(overview))), *points(overview).values()] == [beginning, 10, 1]
    assert sum(point.figures.requests for point in overview.series) == 11
    assert overview.series[-1].at <= NOW < overview.series[-1].at + window.slot


def test_what_clocks_that_are_ahead_have_counted_waits_for_its_time(statistics, count):
    count(Cell(1), -timedelta(minutes=2), at=NOW)
    assert statistics.overview(Window.LIVE, NOW).totals.requests == 0
    assert statistics.overview(Window.LIVE, NOW + timedelta(minutes=2)).totals.requests == 1


def test_all_of_a_cell_is_told_however_old_it_is(statistics, count):
    sketch = Sketch(0, {10: 4})
    cell = Cell(1, 2, 3, 0, {"cached": 1}, {"xxx": 1}, {"a.org": HostCount(2, 1, 1)}, {"slow": 1}, sketch, sketch)
    for hours in (0, 5, 100):
        count(cell, hours * HOUR)
    totals = statistics.overview(Window.WEEK, NOW).totals
    assert (totals.requests, totals.responses, totals.response_bytes) == (3, 6, 9)
    assert (totals.results, totals.modes, totals.reasons) == ({"cached": 3}, {"xxx": 3}, {"slow": 3})
    assert totals.answering.count == totals.transforming.count == 12
    assert statistics.overview(Window.WEEK, NOW).hosts[0].responses == 6


def test_a_week_counts_the_same_with_sums_and_without(statistics, store, count):
    for hours in range(0, 180, 3):
        count(Cell(1), hours * HOUR)
    first = statistics.overview(Window.WEEK, NOW)
    sums = [key for key in store.objects if key.startswith("sums/")]
    assert len(sums) > 50
    assert key_of(hour_of(NOW)) not in sums, "it still gets reports"
    assert statistics.overview(Window.WEEK, NOW) == first
    count(Cell(1), 30 * HOUR, process=Process("i-2", "late"), at=NOW)
    assert statistics.overview(Window.WEEK, NOW).totals.requests == first.totals.requests + 1


def test_a_week_of_forty_processes_takes_few_calls(statistics, store):
    hour = NOW - 8 * 24 * HOUR
    while hour <= NOW:
        objects = ProcessHour().updated(1, {hour.strftime(MINUTE_FORMAT): Cell(1)}, None).to_json()
        for number in range(40):
            store.objects[Process(f"i-{number}", "1").key(hour_of(hour))] = objects
        hour += HOUR
    statistics.overview(Window.WEEK, NOW)
    store.calls.clear()
    overview = statistics.overview(Window.WEEK, NOW)
    hours = 7 * 24 + 5  # six-hour slots, of which the one that runs is in its fifth hour
    assert overview.totals.requests == 40 * hours
    assert store.calls["list"] == 8, "one for each day"
    assert store.calls["read"] == hours - 1 + 40, "a sum for each finished hour, and what processes did in this one"
    assert store.calls["write"] == 0


def test_live_takes_one_list_and_one_read_for_each_process(statistics, store, count):
    for number in range(40):
        count(Cell(1), process=Process("i", str(number)))
        count(Cell(1), HOUR, process=Process("i", str(number)))
    store.calls.clear()
    assert statistics.overview(Window.LIVE, NOW).totals.requests == 40
    assert store.calls == {"list": 1, "read": 40}


def test_processes_that_live(statistics, count):
    count(Cell(1), process=Process("i-2", "9"), running=4, settings_version=3, failing=("html-service",))
    longest = 3 * INTERVAL + LONGEST_ON_THE_WAY
    count(Cell(1), longest, process=Process("i-1", "2"))
    count(Cell(1), longest + timedelta(seconds=1), process=Process("i-1", "1"))
    overview = statistics.overview(Window.LIVE, NOW)
    assert [(each.instance_id, [one.process_id for one in each.processes]) for each in overview.instances] == [
        ("i-1", ["2"]),
        ("i-2", ["9"]),
    ]
    state = overview.instances[1].processes[0]
    assert (state.reported_at, state.running, state.settings_version) == (NOW, 4, 3)
    assert state.failing == ("html-service",)
    assert overview.updated_at == NOW


def test_a_process_lives_across_an_hours_border(store, count):
    border = datetime(2026, 11, 21, 22, 0, 3, tzinfo=UTC)
    count(Cell(1), at=border - INTERVAL)
    (instance,) = Statistics(store, INTERVAL).overview(Window.LIVE, border).instances
    assert instance.processes[0].reported_at == border - INTERVAL


def test_it_lives_as_it_said_last(statistics, count):
    count(Cell(1), timedelta(hours=1), running=1)
    count(Cell(1), running=2)
    (instance,) = statistics.overview(Window.HOUR, NOW).instances
    assert [each.running for each in instance.processes] == [2]


def test_who_has_said_that_it_ends_lives_no_more(statistics, count):
    count(Cell(1))
    count(Cell(1), ended=True)
    overview = statistics.overview(Window.LIVE, NOW)
    assert overview.instances == ()
    assert overview.totals.requests == 1


def test_a_process_lives_while_its_report_is_on_the_way_however_short_the_interval(store, count):
    count(Cell(1), timedelta(seconds=4))
    assert len(Statistics(store, timedelta(seconds=0.1)).overview(Window.LIVE, NOW).instances) == 1


def test_an_hour_that_has_ended_is_read_as_a_sum_once_it_has_settled(statistics, store, count):
    for number in range(9):
        count(Cell(1), HOUR, process=Process("i", str(number)))
    ended = NOW.replace(minute=0) + SETTLING
    assert statistics.overview(Window.DAY, ended - timedelta(minutes=1)).totals.requests == 9
    assert key_of(hour_of(NOW - HOUR)) not in store.objects, "its last reports may be on the way"
    statistics.overview(Window.DAY, ended)
    store.calls.clear()
    assert statistics.overview(Window.DAY, ended).totals.requests == 9
    assert store.calls == {"list": 2, "read": 1}


@pytest.mark.parametrize(
    ("window", "seconds"), [(Window.LIVE, 3), (Window.HOUR, 3), (Window.DAY, 30), (Window.WEEK, 30)]
)
def test_an_overview_is_told_again_for_some_seconds_and_then_made_anew(store, count, window, seconds):
    statistics = Statistics(store, INTERVAL, KEPT_FOR)
    count(Cell(1))
    first = statistics.overview(window, NOW)
    count(Cell(2))
    store.calls.clear()
    assert statistics.overview(window, NOW + timedelta(seconds=seconds - 0.1)) is first
    assert not store.calls
    anew = statistics.overview(window, NOW + timedelta(seconds=seconds))
    assert (anew.totals.requests, anew.until) == (2, NOW + timedelta(seconds=seconds))
    assert statistics.overview(window, NOW).until == NOW, "a clock that was put back keeps nothing"


def test_each_window_is_kept_by_itself(store, count):
    statistics = Statistics(store, INTERVAL, KEPT_FOR)
    count(Cell(1))
    assert [statistics.overview(window, NOW).window for window in Window] == list(Window)


def test_rare_reports_are_waited_for(store, count):
    count(Cell(1), 2 * HOUR)
    overview = Statistics(store, HOUR).overview(Window.LIVE, NOW)
    assert len(overview.instances) == 1
    assert overview.totals.requests == 0


def test_what_is_no_hour_of_a_process_is_left_out(statistics, store, count):
    count(Cell(1))
    store.objects["hours/2026-11-21T22/notes.txt"] = b"hello"
    store.objects[Process("i", "broken").key("2026-11-21T22")] = b"{broken"
    assert statistics.overview(Window.DAY, NOW).totals.requests == 1


STEPS = st.lists(
    st.one_of(
        # Which process, the report's number, how many hours and minutes back its cell lies, and how often it comes.
        st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 6), st.integers(0, 2), st.integers(1, 2)),
        st.sampled_from([Window.DAY, Window.WEEK]),
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_comes_in_whichever_order_and_whoever_looks_the_newest_cell_of_each_minute_counts_once(steps):
    statistics = Statistics(MemoryStore(), INTERVAL)
    newest = {}
    for step in steps:
        if isinstance(step, Window):
            statistics.overview(step, NOW)
            continue
        process, sequence, hours, minutes, times = step
        minute = (NOW - timedelta(hours=hours, minutes=minutes)).strftime(MINUTE_FORMAT)
        requests = sequence * 100 + hours * 10 + minutes  # a report is always the same, however often it comes
        for _ in range(times):
            report = Report(sequence, cells={minute: Cell(requests)})
            take_report(statistics.store, Process("i", process), report, NOW)
        newest[process, minute] = max(newest.get((process, minute), 0), requests)
    for window in (Window.DAY, Window.WEEK):
        assert statistics.overview(window, NOW).totals.requests == sum(newest.values())
