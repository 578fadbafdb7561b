"""The thread in which groups and local instances are looked after, inside the emulator's process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from emulator.instances.guard import Guard
from emulator.instances.hypervisor import Ec2, Hypervisor

INTERVAL_SECONDS = 0.2


class Cloud(Ec2, Protocol):
    """EC2 and Auto Scaling."""

    def begin(self) -> None:
        """Take up the saved state of an earlier run, whose machines have all ended."""

    def tend(self) -> bool:
        """Let groups take their next steps; tell whether all instances are as they should be."""


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

    def start(self, cloud: Cloud) -> None:
        """Begin to look after the groups and instances of a cloud."""
        self._thread = threading.Thread(target=self._work, args=(cloud,), name="instances", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End all instances and return when they are gone."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self, cloud: Cloud) -> None:
        hypervisor, guard = Hypervisor(cloud, self._now), Guard(self._now)
        what = "taking up the instances of an earlier run"
        begin = partial(guard.attempt, what, partial(_done, cloud.begin), otherwise=False)
        begun = begin()  # At once: until then the API shows instances whose machines are gone.
        while not self._stopping.wait(INTERVAL_SECONDS):
            begun = begun or begin()
            if begun:
                self._look(cloud, hypervisor, guard)
        hypervisor.end_all()

    def _look(self, cloud: Cloud, hypervisor: Hypervisor, guard: Guard) -> None:
        looked = self._now()
        settled = guard.attempt("looking after the groups", cloud.tend, otherwise=False)
        followed = guard.attempt("looking after the instances", partial(_done, hypervisor.reconcile), otherwise=False)
        guard.attempt("writing the report", partial(self._tell, looked, settled and followed), otherwise=None)

    def _tell(self, looked: float, settled: bool) -> None:
        temporary = self._report.with_suffix(".new")
        temporary.write_text(json.dumps({"looked": looked, "settled": settled}))
        temporary.replace(self._report)


def _done(work: Callable[[], None]) -> bool:
    work()
    return True
