"""How many instances may be missing or too many while a group's instances are replaced.

Sources: user guide of Amazon EC2 Auto Scaling, "How an instance refresh works"; user guide of CloudFormation,
"UpdatePolicy attribute".
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from emulator.scaling import causes
from emulator.scaling.group import Replacement


@dataclass(frozen=True)
class RefreshPreferences:
    """What an instance refresh was asked for.

    :param minimum_percent: share of the desired capacity that has to serve.
    :param maximum_percent: share that may be there at the same time.
    :param warmup: seconds that a new instance has to be in service; None if nothing was said.
    :param grace: the group's health check grace period, in seconds, which counts instead then.
    """

    minimum_percent: int = 90
    maximum_percent: int = 100
    warmup: int | None = None
    grace: float = 300.0


@dataclass(frozen=True)
class RollingUpdate:
    """`AutoScalingRollingUpdate` of a template.

    :param minimum: `MinInstancesInService`.
    :param batch: `MaxBatchSize`.
    :param pause: `PauseTime`, in seconds.
    :param needs_signals: `WaitOnResourceSignals`.
    """

    minimum: int = 0
    batch: int = 1
    pause: float = 0.0
    needs_signals: bool = False


def of_refresh(preferences: RefreshPreferences, desired: int, outdated: frozenset[str], *, surge: bool) -> Replacement:
    """Return how an instance refresh replaces.

    :param surge: whether this machine has room for more instances than the group wants.
    """
    maximum = max(desired, math.floor(desired * preferences.maximum_percent / 100)) if surge else desired
    if surge and preferences.maximum_percent > 100:
        maximum = max(maximum, desired + 1)
    minimum = math.ceil(desired * preferences.minimum_percent / 100)
    return Replacement(
        outdated=outdated,
        # At least one is replaced at a time, whatever the percentage.
        minimum=min(minimum, desired if maximum > desired else desired - 1),
        maximum=maximum,
        batch=max(1, maximum - minimum),
        settling=preferences.grace if preferences.warmup is None else float(preferences.warmup),
        warmup=float(preferences.warmup or 0),
        needs_signal=False,
        cause=causes.REFRESH,
    )


def of_update(
    update: RollingUpdate, desired: int, maximum: int, outdated: frozenset[str], *, surge: bool
) -> Replacement:
    """Return how an update of a stack replaces.

    :param maximum: the group's greatest size; a batch may be launched beside what is there, but not above it.
    :param surge: whether this machine has room for more instances than the group wants.
    """
    most = max(desired, min(maximum, desired + update.batch)) if surge else desired
    return Replacement(
        outdated=outdated,
        minimum=min(update.minimum, desired if most > desired else desired - 1),
        maximum=most,
        batch=update.batch,
        settling=update.pause,
        warmup=0.0,
        needs_signal=update.needs_signals,
        cause=causes.STACK_UPDATE,
    )


def percentage(total: int, left: int) -> int:
    """Return how much of a replacement is done, in percent."""
    return 100 if total == 0 else 100 * (total - left) // total
