import pytest

from bench.cost import ROUTES, WHOLE_PROCESSOR_MB, durations, measure
from bench.routes import CALLS_OF, application
from config.cost import MILLISECONDS
from config.models import Configuration
from contract.components import Function

PAGE = Configuration(
    environment="development",
    cost={"page_kilobytes": 60},
    functions={
        "html_service": {"memory_mb": WHOLE_PROCESSOR_MB},
        "semantic_text_service": {"memory_mb": 2 * WHOLE_PROCESSOR_MB},
        "cache_service": {"memory_mb": 512},
    },
)
SECONDS = {Function.HTML_SERVICE: 0.01, Function.SEMANTIC_TEXT_SERVICE: 0.02, Function.CACHE_SERVICE: 0.001}


def test_the_routes_of_a_page_are_measured():
    for function, names in ROUTES.items():
        assert set(names) <= {call.name for call in CALLS_OF[function](application(function))}


def test_a_call_takes_as_long_as_its_page_is_large_and_its_processor_slow():
    """By hand: 60 KB are twice the page; whoever has more than one processor is no faster; the HTML service waits."""
    found = durations(PAGE, SECONDS)

    assert found[Function.SEMANTIC_TEXT_SERVICE] == pytest.approx(40)
    assert found[Function.HTML_SERVICE] == pytest.approx(20 + 40)
    assert found[Function.CACHE_SERVICE] == pytest.approx(2 * 1769 / 512)
    assert found[Function.PROXY_MANAGEMENT] == MILLISECONDS[Function.PROXY_MANAGEMENT]


def test_what_is_assumed_stands_beside_what_is_measured():
    twice = {function: 2 * seconds for function, seconds in SECONDS.items()}
    section, dearer = measure(SECONDS), measure(twice)

    usd = {each.what: each.usd for each in section.figures}
    assert usd["0 % from the cache, as assumed"] == pytest.approx(9.87, abs=0.005)  # as docs/cost.md has it
    assert len(usd) == 6
    for one, other in zip(section.figures, dearer.figures, strict=True):
        assert (other.usd > one.usd) == ("this run" in one.what)
