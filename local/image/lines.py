"""Reads what a process prints while it prints it: tells each line at once, and keeps all of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import IO

MOST_BYTES = 10_000_000
"""What is kept of a process that never stops talking."""


class Reader:
    """Reads a stream to its end in a thread of its own.

    :param heard: is told each line, without its end.
    """

    def __init__(self, stream: IO[bytes], heard: Callable[[str], None]) -> None:
        self._stream = stream
        self._heard = heard
        self._kept: list[bytes] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        kept = 0
        with self._stream:
            for line in self._stream:
                kept += len(line)
                if kept <= MOST_BYTES:
                    self._kept.append(line)
                self._heard(line.decode(errors="replace").rstrip("\n"))

    def text(self) -> str:
        """Wait for the end of the stream and return what was read."""
        self._thread.join()
        return b"".join(self._kept).decode(errors="replace")
