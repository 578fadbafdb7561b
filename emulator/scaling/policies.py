"""Arithmetic of scaling policies: which capacity follows from an adjustment, or from a metric and its target.

Source: user guide of Amazon EC2 Auto Scaling, "Step and simple scaling policies" and "Target tracking scaling
policies".
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class StepAdjustment:
    """One step of a step scaling policy.

    :param lower: least difference between metric and threshold, or None for minus infinity.
    :param upper: difference from which the next step counts, or None for infinity.
    :param adjustment: what happens to the capacity.
    """

    lower: float | None
    upper: float | None
    adjustment: int


def adjusted(capacity: int, kind: str, adjustment: int, magnitude: int = 1) -> int:
    """Return the capacity after an adjustment, before the group's limits apply.

    :param kind: `ChangeInCapacity`, `ExactCapacity` or `PercentChangeInCapacity`.
    :param adjustment: number of instances, or percent.
    :param magnitude: least change of `PercentChangeInCapacity`, in instances.
    """
    if kind == "ExactCapacity":
        return adjustment
    if kind == "ChangeInCapacity":
        return capacity + adjustment
    return capacity + _rounded(capacity * adjustment / 100, magnitude)


def _rounded(change: float, magnitude: int) -> int:
    """Round as AWS: values above 1 down, between 0 and 1 up to 1, and the same below 0; then at least the magnitude."""
    whole = math.trunc(change) if abs(change) > 1 else int(math.copysign(math.ceil(abs(change)), change))
    return int(math.copysign(max(abs(whole), magnitude), change)) if whole else 0


def step_for(steps: tuple[StepAdjustment, ...], difference: float) -> StepAdjustment | None:
    """Return the step that applies to a difference between metric and threshold, or None.

    Above the threshold the lower bound is inclusive, below it the upper bound.
    """
    for step in steps:
        lower = -math.inf if step.lower is None else step.lower
        upper = math.inf if step.upper is None else step.upper
        if (lower <= difference < upper) if difference >= 0 else (lower < difference <= upper):
            return step
    return None


def tracked(capacity: int, value: float, target: float, *, may_shrink: bool) -> int:
    """Return the capacity that brings a metric per instance to its target.

    :param value: what the metric is now, at this capacity.
    """
    wanted = math.ceil(round(capacity * value / target, 6))
    return max(wanted, capacity) if value > target or not may_shrink else min(wanted, capacity)


def bounded(capacity: int, minimum: int, maximum: int) -> int:
    """Return the capacity within the group's limits."""
    return max(minimum, min(maximum, capacity))
