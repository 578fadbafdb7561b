import pytest

from bench.cold_start import measure
from bench.measure import BenchmarkError
from contract.components import Function


def test_a_function_is_compared_with_handlers_that_do_nothing():
    said = []
    section = measure(Function.SEMANTIC_TEXT_SERVICE, {}, 1, said.append)

    assert [comparison.subject for comparison in section.comparisons] == ["semantic-text-service"] * 2
    assert all(comparison.median > 0 for comparison in section.comparisons)
    assert len(said) == 3


def test_one_that_does_not_start_is_an_error():
    with pytest.raises(BenchmarkError, match="SLIPWAY_SENTIMENT_ENGINES is 'none'"):
        measure(Function.SEMANTIC_TEXT_SERVICE, {"SLIPWAY_SENTIMENT_ENGINES": "none"}, 1, lambda _: None)
