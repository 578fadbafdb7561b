"""Measure the embedded AWS against the emulator in it as it comes: start, calls of functions, memory over a long run.

Both run side by side, from the same environment, and both save their state.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.emulators import Ours, Stock, Subject, caller, fill, make_function, user_of_everything
from bench.measure import Comparison, Trial, compare, interleave
from bench.report import Section

OURS, STOCK = "the embedded AWS", "ministack as it comes"
SILENT = "def handler(event, context):\n    return 1\n"
TALKATIVE = "def handler(event, context):\n    print('word ' * 20)\n    return 1\n"
RESOURCES = 100
CALLS = 50
AT_ONCE = 16
LONG_RUN = (200, 1000)
CALLS_OF_ONE_USE = 6

Subjects = Mapping[str, Subject]


def measure(rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Measure and compare.

    :raises BenchmarkError: if one does not start, or a function fails.
    """
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
        folder = Path(name)
        starts = _starts(folder, rounds, say)
        with _running({OURS: Ours(folder / "ours"), STOCK: Stock(folder / "stock")}) as subjects:
            return [*starts, *_calls(subjects, rounds, say), _memory(subjects, say)]


def _starts(folder: Path, rounds: int, say: Callable[[str], None]) -> list[Section]:
    numbers = itertools.count()
    fresh: dict[str, Trial] = {
        OURS: lambda: start(Ours(folder / f"fresh-{next(numbers)}")),
        STOCK: lambda: start(Stock(folder / f"fresh-{next(numbers)}")),
    }
    saved: dict[str, Subject] = {OURS: Ours(folder / "saved-ours"), STOCK: Stock(folder / "saved-stock")}
    with _running(saved):
        for subject in saved.values():
            fill(subject, RESOURCES)
    again = {name: partial(start, subject) for name, subject in saved.items()}
    return [
        _section("Start until ready", "With an empty state; by the same client.", fresh, rounds, say),
        _section("Start until ready, with a saved state", f"Of {2 * RESOURCES} resources.", again, rounds, say),
    ]


def start(subject: Subject) -> float:
    """Start an emulator and stop it; return how long the start took."""
    began = time.perf_counter()
    subject.start()
    took = time.perf_counter() - began
    subject.stop()
    return took


def _calls(subjects: Subjects, rounds: int, say: Callable[[str], None]) -> list[Section]:
    for subject in subjects.values():
        make_function(subject, "silent", SILENT)
        make_function(subject, "talkative", TALKATIVE)
    numbers = itertools.count()
    cold = {name: partial(_call_cold, subject, numbers) for name, subject in subjects.items()}
    warm = {name: partial(_call_often, caller(subject, "silent")) for name, subject in subjects.items()}
    printing = {name: partial(_call_often, caller(subject, "talkative")) for name, subject in subjects.items()}
    together = {
        name: partial(_call_together, [caller(subject, "silent") for _ in range(AT_ONCE)])
        for name, subject in subjects.items()
    }
    for trial in together.values():
        trial()  # so that no process has to be started while it is measured
    note = "A function that returns a number, called over the API with boto3, whose own time is in both."
    return [
        _section("The first call of a function", note, cold, rounds, say),
        _section("The next calls, one after another", note, warm, rounds, say),
        _section("The same, of a function that prints a line", note, printing, rounds, say),
        _section(f"{AT_ONCE} calls at once, again and again", note, together, rounds, say),
    ]


def _call_cold(subject: Subject, numbers: Iterator[int]) -> float:
    name = f"cold-{next(numbers)}"
    make_function(subject, name, SILENT)
    call = caller(subject, name)
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _call_often(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS


def _call_together(calls: list[Callable[[], None]]) -> float:
    def work(call: Callable[[], None]) -> None:
        for _ in range(CALLS // 5):
            call()

    with ThreadPoolExecutor(len(calls)) as pool:
        began = time.perf_counter()
        list(pool.map(work, calls))
        return time.perf_counter() - began


def _memory(subjects: Subjects, say: Callable[[str], None]) -> Section:
    held: dict[str, list[float]] = {}
    comparisons: list[Comparison] = []
    for name, subject in subjects.items():
        use, made = user_of_everything(subject, "talkative"), 0
        names = [f"{name}, after {number * CALLS_OF_ONE_USE:,} calls" for number in LONG_RUN]
        for number, label in zip(LONG_RUN, names, strict=True):
            say(f"memory of {label}")
            for _ in range(number - made):
                use()
            made = number
            held[label] = [subject.memory_mb()]
        comparisons.append(compare(held, names[1], names[0]))
    note = "Calls of a function and of SSM, SNS and SQS; memory of the server's process, without the functions' own."
    return Section("Memory over a long run", note, tuple(comparisons))


def _section(title: str, note: str, trials: Mapping[str, Trial], rounds: int, say: Callable[[str], None]) -> Section:
    seconds = interleave(trials, rounds, lambda text: say(f"{title}: {text}"))
    return Section(title, note, (compare(seconds, OURS, STOCK),))


@contextmanager
def _running(subjects: Subjects) -> Iterator[Subjects]:
    try:
        for subject in subjects.values():
            subject.start()
        yield subjects
    finally:
        for subject in subjects.values():
            subject.stop()
