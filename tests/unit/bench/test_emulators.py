"""Both emulators start, run the same function, and stop; one that does not start is said."""

from __future__ import annotations

import pytest

from bench.emulators import Ours, Stock, caller, make_function
from bench.measure import BenchmarkError


@pytest.mark.parametrize("kind", [Ours, Stock])
def test_a_function_is_made_and_called(kind, tmp_path):
    subject = kind(tmp_path / "state")
    subject.start()
    try:
        make_function(subject, "one", "def handler(event, context):\n    return 1\n")
        make_function(subject, "other", "def handler(event, context):\n    return 2\n")
        caller(subject, "one")()

        with pytest.raises(BenchmarkError, match="did not answer as it should"):
            caller(subject, "other")()
        assert subject.memory_mb() > 10
    finally:
        subject.stop()


def test_who_does_not_run_has_no_process(tmp_path):
    with pytest.raises(BenchmarkError, match="does not run"):
        _ = Stock(tmp_path).pid
    with pytest.raises(BenchmarkError, match="has ended"):
        _ = Ours(tmp_path / "none").pid
