"""The thread in which the fleet of local instances works, inside the emulator's process."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from emulator.instances.addresses import has_own_addresses
from emulator.instances.fleet import Fleet, Scope
from emulator.plugin.hosting import EmulatedCloud

logger = logging.getLogger("slipway.instances")
INTERVAL_SECONDS = 0.5


class Host:
    """Runs the fleet until told to stop.

    :param now: seconds since the epoch.
    :param report: file that says after each look whether the fleet is settled, for those who wait for it.
    """

    def __init__(self, report: Path, now: Callable[[], float]) -> None:
        self._now = now
        self._report = report
        self._stopping = threading.Event()
        self._fleet: Fleet | None = None
        # One thread for all launches: the kernel ends an instance when the thread that launched it ends.
        self._thread: threading.Thread | None = None

    def start(self, cloud: EmulatedCloud) -> None:
        """Begin to look after the groups of a cloud."""
        self._fleet = Fleet(cloud, surge=has_own_addresses())
        self._thread = threading.Thread(target=self._work, args=(cloud, self._fleet), name="instances", daemon=True)
        self._thread.start()

    def has_instances(self, account: str, region: str, group: str) -> bool:
        """Tell whether instances of a group are still there."""
        return self._fleet is not None and self._fleet.has_members(Scope(account, region), group)

    def stop(self) -> None:
        """End all instances and return when they are gone."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self, cloud: EmulatedCloud, fleet: Fleet) -> None:
        cloud.forget_earlier_runs()
        while not self._stopping.wait(INTERVAL_SECONDS):
            try:
                looked = self._now()
                fleet.reconcile()
                self._tell(looked, fleet.settled)
            except Exception:
                logger.exception("looking after the instances failed; trying again")
        fleet.end_all()

    def _tell(self, looked: float, settled: bool) -> None:
        temporary = self._report.with_suffix(".new")
        temporary.write_text(json.dumps({"looked": looked, "settled": settled}))
        temporary.replace(self._report)
