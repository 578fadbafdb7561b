"""Measure the functions: how they start as deployed, how large that is, what each route adds to its logic, the cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench import cold_start, cost, packages, routes
from bench.packages import Package
from bench.report import Section


def measure(deployed: Sequence[Package], rounds: int, say: Callable[[str], None]) -> list[Section]:
    """Run all comparisons.

    :param deployed: the functions, as :func:`bench.packages.deployed` gives them.
    :param say: told what is being done.
    :raises BenchmarkError: if a function does not start.
    """
    return [
        cold_start.measure(deployed, rounds, say),
        *routes.measure(rounds, say, [package.function for package in deployed]),
        packages.sizes(deployed),
        cost.measure(routes.durations(cost.ROUTES)),
    ]
