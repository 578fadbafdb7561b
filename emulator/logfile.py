"""Keep the server's log from filling the disk over a long run. It neither writes nor reads what is logged."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

LONGEST_BYTES = 16 * 1024 * 1024
INTERVAL_SECONDS = 10.0


def previous(log: Path) -> Path:
    """Return where the older part of a log is put."""
    return log.with_name(f"{log.name}.previous")


def shorten(log: Path, longest: int = LONGEST_BYTES) -> None:
    """Put a log aside that has become too long, and begin it anew.

    It is emptied and not renamed: whoever has it open for appending goes on in the same file.

    :param longest: in bytes.
    """
    if log.exists() and log.stat().st_size > longest:
        shutil.copyfile(log, previous(log))
        os.truncate(log, 0)


async def keep_short(log: Path) -> None:
    """Shorten a log again and again, for ever."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        # A disk that is full is noticed, and said, where the state is saved.
        try:
            shorten(log)
        except OSError:
            continue
