import os

import pytest

from bench.html import OURS, PAGES, _start, measure
from bench.measure import BenchmarkError


def test_every_comparison_is_made():
    said = []
    *pages, cold = measure(os.environ, 1, said.append)

    assert [section.title for section in pages] == [f"A page of {size} in the HTML service" for size in PAGES]
    assert [len(section.comparisons) for section in (*pages, cold)] == [5, 5, 1]
    assert all(comparison.median > 0 for section in (*pages, cold) for comparison in section.comparisons)
    assert "MB/s" in pages[0].note


def test_a_handler_that_does_not_start_is_an_error():
    assert _start(os.environ, OURS) > 0
    with pytest.raises(BenchmarkError, match="ZeroDivisionError"):
        _start(os.environ, "1 / 0")
