"""Write what a command found to standard output; neither a reader who went away nor a full disk makes a traceback.

Entry points use it; what they call returns text and prints nothing.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BROKEN_PIPE = 141
"""Status of a command whose reader went away, as shells have it: 128 and the signal's number."""


class OutputError(Exception):
    """Standard output takes no more.

    :param status: what the process ends with.
    """

    def __init__(self, status: int, message: str = "") -> None:
        self.status = status
        super().__init__(message)


@contextmanager
def writing() -> Iterator[None]:
    """Let what is written to standard output within go out, or end in one kind of error.

    :raises OutputError: if the reader went away, or if there is no room.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        forget(sys.stdout.fileno())
        if error.errno == errno.EPIPE:
            raise OutputError(BROKEN_PIPE) from error
        raise OutputError(1, f"standard output cannot be written: {error.strerror}") from error


def show(text: str) -> int:
    """Write text and a line's end to standard output; return the status to end with."""
    try:
        with writing():
            sys.stdout.write(text + "\n")
    except OutputError as error:
        if str(error):
            sys.stderr.write(f"error: {error}\n")
        return error.status
    return 0


def forget(descriptor: int) -> None:
    """Let what is still in a stream's buffer go nowhere, so that the interpreter's own end does not fail with it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
