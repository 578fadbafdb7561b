"""How much of this machine's processors a tree of processes has used. Where there is no `/proc`, nobody knows."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process.

    :param parent: process id of its parent.
    :param seconds: processor time that it has used, and its ended children with it.
    """

    pid: int
    parent: int
    seconds: float


def processes(proc: Path = Path("/proc")) -> list[Process]:
    """Return all processes that can be seen; none where there is no such folder."""
    found = (_read(folder) for folder in proc.glob("[0-9]*"))
    return [process for process in found if process is not None]


def _read(folder: Path) -> Process | None:
    try:
        text = (folder / "stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return Process(int(folder.name), int(fields[1]), sum(map(int, fields[11:15])) / _TICKS)


def used_seconds(root: int, found: Iterable[Process]) -> float:
    """Return the processor time of a process and everything below it, in seconds."""
    below = defaultdict(list)
    by_pid = {}
    for process in found:
        below[process.parent].append(process.pid)
        by_pid[process.pid] = process
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        total += by_pid[pid].seconds if pid in by_pid else 0.0
        waiting.extend(below[pid])
    return total


def utilization(used: float, elapsed: float, processors: int) -> float:
    """Return the share of all processors that was used, in percent.

    :param used: processor time, in seconds.
    :param elapsed: time, in seconds.
    """
    return max(0.0, min(100.0, 100.0 * used / elapsed / processors)) if elapsed > 0 else 0.0
