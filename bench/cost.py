"""Say what a million pages cost, by the prices of the catalogue and the durations of the functions' routes in this run.

What is measured is processor time on this machine, taken for that of one of Lambda's processors: what is left out is
all waiting but that of one function for another.
"""

from __future__ import annotations

from collections.abc import Mapping

from bench.report import Figure, Section
from config.cost import MILLISECONDS, million_pages
from config.models import Configuration
from config.prices import read_catalogue
from contract import routes
from contract.components import Function

ROUTES = {
    Function.HTML_SERVICE: [f"POST {routes.TRANSFORM_PAGE}"],
    Function.SEMANTIC_TEXT_SERVICE: [f"POST {routes.TRANSFORM_TEXTS}"],
    Function.CACHE_SERVICE: [
        f"GET {routes.CACHE_RETRIEVE_BY_KEY}",
        f"POST {routes.CACHE_STORE_BY_KEY.replace('{kind}', 'binary')}",
    ],
}
"""What the proxy asks for a page, directly or by the HTML service."""

MEASURED_KILOBYTES = 30
"""Of the page of these routes' calls, whose texts are about as many as those of the others."""

WHOLE_PROCESSOR_MB = 1769
"""Memory with which a function has one processor; its share grows with the memory, and it uses no second one.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

CACHED_PERCENT = (100, 50, 0)


def measure(seconds: Mapping[Function, float]) -> Section:
    """Return what a million pages cost in an environment that is as it comes, as measured and as is assumed.

    :param seconds: processor time of a call of each function of :data:`ROUTES`, for the measured page.
    """
    catalogue = read_catalogue()
    figures = []
    for percent in CACHED_PERCENT:
        configuration = Configuration(environment="development", cost={"cached_percent": percent})
        lasting = durations(configuration, seconds)
        for way, milliseconds in (("by the durations of this run", lasting), ("as assumed", MILLISECONDS)):
            usd = million_pages(configuration, catalogue, milliseconds).usd
            figures.append(Figure(f"{percent} % from the cache, {way}", 0, 0, usd))
    told = ", ".join(f"{function.value} {lasting[function]:.0f} ms" for function in ROUTES)
    note = (
        f"Pages of {configuration.cost.page_kilobytes} KB, prices of {catalogue.date.isoformat()}. A call as measured, "
        f"at the function's share of a processor: {told}; waiting for S3 comes on top, and is part of what is assumed."
    )
    return Section("Cost of a million pages", note, (), tuple(figures))


def durations(configuration: Configuration, seconds: Mapping[Function, float]) -> dict[Function, float]:
    """Return how long a call of each function takes on Lambda, in milliseconds; as assumed where nothing was measured.

    :param seconds: processor time, for the measured page.
    """
    found: dict[Function, float] = dict(MILLISECONDS)
    larger = configuration.cost.page_kilobytes / MEASURED_KILOBYTES
    for function, taken in seconds.items():
        share = min(1.0, configuration.functions.of(function).memory_mb / WHOLE_PROCESSOR_MB)
        found[function] = 1000 * taken * larger / share
    if Function.HTML_SERVICE in seconds:
        found[Function.HTML_SERVICE] += found[Function.SEMANTIC_TEXT_SERVICE]  # which it waits for
    return found
