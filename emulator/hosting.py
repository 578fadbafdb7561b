"""The thread in which groups and local instances are looked after, inside the emulator's process."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from emulator.instances.hypervisor import Hypervisor
from emulator.plugin.hosting import EmulatedCloud

logger = logging.getLogger("slipway.instances")
INTERVAL_SECONDS = 0.2


class Host:
    """Looks after them until told to stop.

    :param now: seconds since the epoch.
    :param report: file that says after each look whether all is settled, for those who wait for it.
    """

    def __init__(self, report: Path, now: Callable[[], float]) -> None:
        self._now = now
        self._report = report
        self._stopping = threading.Event()
        # One thread for all launches: the kernel ends an instance when the thread that launched it ends.
        self._thread: threading.Thread | None = None

    def start(self, cloud: EmulatedCloud) -> None:
        """Begin to look after the groups and instances of a cloud."""
        self._thread = threading.Thread(target=self._work, args=(cloud,), name="instances", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all instances and return when they are gone."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self, cloud: EmulatedCloud) -> None:
        hypervisor = Hypervisor(cloud)
        cloud.begin()
        while not self._stopping.wait(INTERVAL_SECONDS):
            try:
                looked = self._now()
                settled = cloud.tend()
                hypervisor.reconcile()
                self._tell(looked, settled)
            except Exception:
                logger.exception("looking after the instances failed; trying again")
        hypervisor.end_all()

    def _tell(self, looked: float, settled: bool) -> None:
        temporary = self._report.with_suffix(".new")
        temporary.write_text(json.dumps({"looked": looked, "settled": settled}))
        temporary.replace(self._report)
