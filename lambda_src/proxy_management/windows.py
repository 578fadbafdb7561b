"""Looking back: adds up what the processes did in a window of time.

The last hours are read as the processes reported them, which also shows which of them live; hours before are read as
their sums. Only reads, but for those sums that it had to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

from contract.statistics import add_up
from lambda_src.proxy_management.hours import (
    FOLDER,
    HOUR,
    Place,
    Process,
    ProcessHour,
    SignOfLife,
    UnreadableHourError,
    beginning,
    beginning_of_minute,
    hour_of,
)
from lambda_src.proxy_management.overview import (
    Figures,
    InstanceState,
    Overview,
    ProcessState,
    Slot,
    Window,
    top_hosts,
)
from lambda_src.proxy_management.store import Listed, ObjectStore
from lambda_src.proxy_management.sums import sums_of
from lambda_src.proxy_management.trees import Tree, add, cell_of

MOST_MISSED_INTERVALS = 3
LONGEST_ON_THE_WAY = timedelta(seconds=5)
"""A process that has not reported for so many intervals, and as long as a report may take to come, is gone."""

SETTLING = timedelta(minutes=10)
"""How long after its end an hour is left without a sum: its last reports come now, and each would undo it."""

KEPT_FOR = {
    Window.LIVE: timedelta(seconds=3),
    Window.HOUR: timedelta(seconds=3),
    Window.DAY: timedelta(seconds=30),
    Window.WEEK: timedelta(seconds=30),
}
"""For how long a container tells an overview again: making one takes seconds where there are a hundred processes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

type _Lives = dict[Process, SignOfLife]


@dataclass(frozen=True)
class Statistics:
    """What the proxy's processes have reported.

    :param store: where it is kept.
    :param interval: time between two reports of a process.
    :param kept_for: for how long an overview is told again, so that it is not made for everybody who looks; a window
        that is not in it is always looked at anew.
    """

    store: ObjectStore
    interval: timedelta
    kept_for: Mapping[Window, timedelta] = field(default_factory=dict)
    _kept: dict[Window, Overview] = field(default_factory=dict, init=False, repr=False, compare=False)

    def overview(self, window: Window, now: datetime) -> Overview:
        """Return what all processes did in a window, and which of them live.

        :param now: UTC; the overview's `until` is earlier where it was made for somebody else.
        :raises UnavailableError: if the store does not answer.
        """
        kept = self._kept.get(window)
        if kept is None or not kept.until <= now < kept.until + self.kept_for.get(window, timedelta()):
            kept = self._kept[window] = self._made(window, now)
        return kept

    def _made(self, window: Window, now: datetime) -> Overview:
        alive_since = now - MOST_MISSED_INTERVALS * self.interval - LONGEST_ON_THE_WAY
        series = _Series(window, now)
        by_hours = window.slot >= HOUR
        by_hour = self._listed(min(series.since, alive_since), now, by_day=by_hours)
        unfinished_from = hour_of(min(now - SETTLING if by_hours else series.since, alive_since))
        finished = {hour: listed for hour, listed in by_hour.items() if hour < unfinished_from}
        for hour, cell in sums_of(self.store, finished).items():
            series.add(beginning(hour), cell)
        unfinished = [each for hour, listed in by_hour.items() if hour >= unfinished_from for each in listed]
        lives = self._read_reports(unfinished, series)
        return _overview(series, lives, alive_since)

    def _listed(self, since: datetime, now: datetime, *, by_day: bool) -> dict[str, list[Listed]]:
        """Return which objects there are, by hour in order of time.

        :param by_day: whether to list whole days, which is less to ask and more to read than single hours.
        """
        hours = [hour_of(moment) for moment in _moments(beginning(hour_of(since)), now, HOUR)]
        day = len("2026-11-21T")
        prefixes = sorted({hour[:day] for hour in hours}) if by_day else [f"{hour}/" for hour in hours]
        found: dict[str, list[Listed]] = {hour: [] for hour in hours}
        for each in self.store.list_each([f"{FOLDER}/{prefix}" for prefix in prefixes]):
            place = Place.of(each.key)
            if place is not None and place.hour in found:
                found[place.hour].append(each)
        return {hour: listed for hour, listed in found.items() if listed}

    def _read_reports(self, listed: Sequence[Listed], series: _Series) -> _Lives:
        """Add to a series what processes reported, and return what each said of itself last."""
        lives: _Lives = {}
        for each, kept in zip(listed, self.store.read_each([each.key for each in listed]), strict=True):
            place = Place.of(each.key)
            if kept is None or place is None:
                continue
            try:
                reported = ProcessHour.from_json(kept.data)
            except UnreadableHourError:
                continue
            for minute, counted in reported.minutes.items():
                series.add(beginning_of_minute(minute), counted.cell)
            before, life = lives.get(place.process), reported.life
            if life is not None and (before is None or before.sequence < life.sequence):
                lives[place.process] = life
        return lives


class _Series:
    """Cells by slot of a window, those that fit into none left out: these are later than now, or earlier.

    :param now: UTC.
    :ivar slots: what was counted in each slot, in order of time.
    """

    def __init__(self, window: Window, now: datetime) -> None:
        self.window = window
        self.now = now
        self.since = self._slot_of(now) - window.slots * window.slot
        self.slots: dict[datetime, Tree] = {start: {} for start in _moments(self.since, now, window.slot)}

    def add(self, moment: datetime, cell: Tree) -> None:
        """Add a cell to the slot of a moment."""
        slot = self.slots.get(self._slot_of(moment))
        if slot is not None:
            add(slot, cell)

    def _slot_of(self, moment: datetime) -> datetime:
        return moment - (moment - _EPOCH) % self.window.slot


def _moments(since: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    """Yield a moment for each step that begins or goes on between two moments, the first as it is."""
    moment = since
    while moment <= until:
        yield moment
        moment += step


def _overview(series: _Series, lives: _Lives, alive_since: datetime) -> Overview:
    slots = {start: cell_of(slot) for start, slot in series.slots.items()}
    total = add_up(slots.values())
    alive = {process: life for process, life in lives.items() if life.at >= alive_since and not life.ended}
    return Overview(
        window=series.window,
        since=series.since,
        until=series.now,
        slot_seconds=int(series.window.slot.total_seconds()),
        totals=Figures.of(total),
        series=tuple(Slot(at=start, figures=Figures.of(cell)) for start, cell in slots.items()),
        hosts=top_hosts(total),
        instances=_instances(alive),
        updated_at=max((life.at for life in lives.values()), default=None),
    )


def _instances(alive: Mapping[Process, SignOfLife]) -> tuple[InstanceState, ...]:
    by_instance = groupby(sorted(alive), key=lambda process: process.instance_id)
    return tuple(
        InstanceState(
            instance_id=instance_id,
            processes=tuple(_state(process.process_id, alive[process]) for process in processes),
        )
        for instance_id, processes in by_instance
    )


def _state(process_id: str, life: SignOfLife) -> ProcessState:
    return ProcessState(
        process_id=process_id,
        reported_at=life.at,
        running=life.running,
        settings_version=life.settings_version,
        failing=life.failing,
    )
