"""Know processes again, and end them with everything that they started.

A process id alone is not an identity: the system hands it out again. So a process is remembered with its start time,
and nothing here ever signals a process that merely has the same number. Standard library only, since the launcher, the
server and the shims on an instance share it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class ProcessIdentity:
    """One process, and no later one of the same number.

    :param pid: the process id.
    :param started: an opaque mark of the moment at which it started.
    """

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """Return the identity of a running process.

        :raises ProcessLookupError: if there is none.
        """
        started = _start_mark(pid)
        if started is None:
            raise ProcessLookupError(f"no process {pid}")
        return cls(pid, started)

    @classmethod
    def find(cls, pid: int) -> ProcessIdentity | None:
        """Return the identity of a process, or None if it has just ended."""
        with suppress(ProcessLookupError):
            return cls.of(pid)
        return None

    @classmethod
    def load(cls, path: Path) -> ProcessIdentity | None:
        """Read what :meth:`save` wrote; None if there is nothing readable."""
        try:
            values = json.loads(path.read_text())
            return cls(int(values["pid"]), str(values["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, path: Path) -> None:
        """Write the identity, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(asdict(self)))
        temporary.replace(path)

    def is_alive(self) -> bool:
        """Tell whether this very process still runs."""
        return _start_mark(self.pid) == self.started

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the process group that this process leads, or the process alone if it leads none."""
        if not self.is_alive():
            return
        with suppress(ProcessLookupError, PermissionError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)


def end(processes: Iterable[ProcessIdentity | None], grace_seconds: float) -> None:
    """End processes and their groups: ask all, wait for all, then kill what is left.

    :param processes: group leaders or single processes; those that are gone are left alone.
    :param grace_seconds: time for all of them together.
    """
    identities = [process for process in processes if process is not None]
    for identity in identities:
        identity.signal_group(signal.SIGTERM)
    wait_until_gone(identities, grace_seconds)
    for identity in identities:
        identity.signal_group(signal.SIGKILL)
    wait_until_gone(identities, 1.0)


def wait_until_gone(identities: list[ProcessIdentity], timeout_seconds: float) -> bool:
    """Wait for processes to end; tell whether all did in time."""
    deadline = time.monotonic() + timeout_seconds
    while any(identity.is_alive() for identity in identities):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies; a no-op where the kernel cannot (macOS)."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _start_mark(pid: int) -> str | None:
    if sys.platform == "linux":
        return _start_mark_linux(pid)
    listing = subprocess.run(["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True)  # noqa: PLW1510
    state, _, started = listing.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def _start_mark_linux(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    state, threads, started = fields[0], int(fields[17]), fields[19]
    # A process whose first thread is dead keeps its sockets and files until the last of the others is.
    is_gone = state in ("Z", "X") and threads <= 1
    return None if is_gone else started
