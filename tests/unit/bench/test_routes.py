import pytest

from bench.calls import Call, answered
from bench.measure import BenchmarkError
from bench.routes import CALLS_OF, application, durations, measure, routes_without_calls
from contract.components import Function


def test_every_route_of_every_function_is_measured():
    assert set(CALLS_OF) == set(Function)
    assert routes_without_calls() == []


def test_every_route_does_what_it_is_asked():
    sections = measure(1, lambda _: None, calls=1)

    assert [section.title for section in sections] == [f"Routes of {function.value}" for function in Function]
    assert all(comparison.median > 0 for section in sections for comparison in section.comparisons)


def test_a_route_that_refuses_is_an_error():
    with pytest.raises(BenchmarkError, match="/html/to/dict answered 422"):
        answered(application(Function.HTML_SERVICE), Call("POST", "/html/to/dict"))


def test_the_duration_of_routes_is_a_time():
    found = durations({Function.CACHE_SERVICE: ["GET /{namespace}/list"]}, calls=1)

    assert list(found) == [Function.CACHE_SERVICE]
    assert found[Function.CACHE_SERVICE] > 0
