"""The instance's memory: is the runtime folder really in it, and how much of it may a process of the proxy have.

Reads what the kernel says and decides; nothing is changed here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MEMORY_BACKED = frozenset({"tmpfs", "ramfs"})
MIB = 1024 * 1024
LEAST_SHARE = 192 * MIB
"""In bytes. A process that has just started has half of this; replaced at less, it would be so again and again."""
HIGH, MAXIMUM = 1.15, 1.3
"""Times its share: where the kernel slows down a process that grows too fast to be replaced, and where it ends it."""


@dataclass(frozen=True)
class Share:
    """What each process of the proxy may have, in bytes.

    :param soft: with more than this it lets its successor take over.
    :param high: with more than this the kernel takes its pages back, which makes it slow.
    :param maximum: with more than this the kernel ends it.
    """

    soft: int
    high: int
    maximum: int


def share_of(total: int, percent: int, processes: int) -> Share:
    """Divide the memory of a machine among the processes.

    :param total: of the machine, in bytes.
    :param percent: what all processes together may have before one of them is replaced.
    :param processes: how many they are.
    """
    soft = max(LEAST_SHARE, total * percent // 100 // processes)
    return Share(soft, int(soft * HIGH), int(soft * MAXIMUM))


def total() -> int:
    """Return the machine's memory, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def resident(statm: Path = Path("/proc/self/statm")) -> int:
    """Return how much memory this process has, in bytes; 0 where nobody says so."""
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def problem(directory: Path, mounts: Path = Path("/proc/self/mountinfo"), swaps: Path = Path("/proc/swaps")) -> str:
    """Return why what is written below a folder could reach a disk; empty if it cannot.

    :param directory: an absolute path.
    """
    kind = _file_system(directory, mounts.read_text())
    if kind not in MEMORY_BACKED:
        return f"{directory} is on {kind}; it has to be memory-backed (tmpfs), since a private key goes there"
    # The pages of such a file system may be swapped out.
    if areas := [line.split()[0] for line in swaps.read_text().splitlines()[1:]]:
        return f"this machine swaps to {', '.join(areas)}; turn that off, since a private key stays in its memory"
    return ""


def _file_system(directory: Path, mounts: str) -> str:
    """Return the type of the file system that holds a folder.

    Source: https://www.kernel.org/doc/html/latest/filesystems/proc.html, section 3.5: the fifth field is the mount
    point, and the type follows a lone hyphen.
    """
    found, longest = "an unknown file system", -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        point = Path(before.split()[4].encode().decode("unicode_escape"))
        # Of several mounts on the same place the last one counts.
        if directory.is_relative_to(point) and len(point.parts) >= longest:
            found, longest = after.split()[0], len(point.parts)
    return found
