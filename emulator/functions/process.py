"""One execution environment: the process in which a function serves calls, one after another.

The thread that makes a call reads the pipes itself: no helper threads, and no waiting for output that may or may not
come, as the worker says where the output of a call ends. A process that failed stays in use, as on AWS; one that took
too long, or ended by itself, is not used again.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
LOG_BYTES = 4 * 1024 * 1024
"""How much of the output of one call is kept, the newest; memory has to be bounded somewhere."""

_END_OF_OUTPUT = b"\0\n"
_CHUNK = 65536


@dataclass(frozen=True)
class Answer:
    """How a call, or the start, went.

    :param payload: what the handler returned.
    :param fault: what Lambda answers if it failed, as a JSON object.
    :param output: all that was printed, as lines.
    :param peak_mb: the most memory that the process has used so far; 0 if it could not say.
    :param payload_bytes: how long the payload is as JSON.
    """

    payload: Any = None
    fault: dict[str, Any] | None = None
    output: tuple[str, ...] = ()
    peak_mb: int = 0
    payload_bytes: int = 0


class ExecutionEnvironment:
    """A running worker.

    :param python: interpreter of the functions' environment.
    :param variables: all environment variables that the function sees.
    :param task: folder of its code, where it starts.
    :param packages: folders to import from beside its own, before those of the runtime.
    """

    def __init__(self, python: Path, variables: Mapping[str, str], task: Path, packages: Sequence[Path]) -> None:
        requests, answers, output = os.pipe(), os.pipe(), os.pipe()
        # UTF-8 whatever locales this machine has, and no module from the worker's own folder.
        command: list[str | Path] = [python, "-X", "utf8", "-P", WORKER, str(answers[1]), *packages]
        self._pipes = _Pipes(requests[1], answers[0], output[0])
        try:
            self._process = subprocess.Popen(
                command, cwd=task, env=dict(variables), pass_fds=(answers[1],), process_group=0,
                stdin=requests[0], stdout=output[1], stderr=output[1],
            )  # fmt: skip
        except BaseException:
            self._pipes.close()
            raise
        finally:
            for theirs in (requests[0], answers[1], output[1]):
                os.close(theirs)

    def wait_until_ready(self, timeout_seconds: float) -> Answer:
        """Wait until the handler is imported; after a fault the environment is of no use."""
        return self._call(b"", "", timeout_seconds)

    def invoke(self, request: Mapping[str, Any], timeout_seconds: float) -> Answer:
        """Make one call.

        :param request: `event`, `request_id`, `function_arn`, and `trace_id` if there is one.
        """
        message = json.dumps({**request, "timeout_seconds": timeout_seconds})
        return self._call(message.encode() + b"\n", str(request["request_id"]), timeout_seconds)

    def is_alive(self) -> bool:
        """Tell whether it can serve calls."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it with all that the function started; AWS does not ask first, either."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and leave nothing open; not to be called while it serves a call."""
        if self._pipes.is_open:
            self.kill()
            self._process.wait()
            self._pipes.close()

    def _call(self, message: bytes, request_id: str, timeout_seconds: float) -> Answer:
        read = self._pipes.exchange(message, time.monotonic() + timeout_seconds)
        if read.is_complete():
            first, payload = bytes(read.answer).splitlines()
            head = json.loads(first)
            peak_mb = head["peak_kilobytes"] // 1024
            return Answer(json.loads(payload), head["fault"], read.output, peak_mb, len(payload))
        if read.ended:
            return Answer(fault=exit_fault(self._process.wait(), request_id), output=read.output)
        self.kill()
        return Answer(fault=timeout_fault(timeout_seconds, request_id), output=read.output)


def exit_fault(status: int, request_id: str) -> dict[str, str]:
    """Return what Lambda answers for a process that ended during a call.

    :param status: exit status, negative for a signal, as :mod:`subprocess` has it.
    """
    if status == 0:
        reason = "Runtime exited without providing a reason"
    elif status > 0:
        reason = f"Runtime exited with error: exit status {status}"
    else:
        reason = f"Runtime exited with error: signal: {(signal.strsignal(-status) or str(-status)).lower()}"
    return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: {reason}"}


def timeout_fault(timeout_seconds: float, request_id: str) -> dict[str, str]:
    """Return what Lambda answers for a call that took too long."""
    reason = f"Task timed out after {timeout_seconds:.2f} seconds"
    return {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: {reason}"}


@dataclass
class _Reading:
    """What was read of an answer: its two lines, what was printed, and whether the worker has ended."""

    answer: bytearray = field(default_factory=bytearray)
    line_ends: int = 0
    output: tuple[str, ...] = ()
    ended: bool = False

    def is_complete(self) -> bool:
        return self.line_ends == 2


class _Pipes:
    """The three pipes of a worker, written and read together, so that neither side ever waits for the other."""

    def __init__(self, requests: int, answers: int, log: int) -> None:
        self._requests, self._answers, self._log = requests, answers, log
        self.is_open = True
        self._printed = bytearray()
        self._selector = selectors.DefaultSelector()
        for descriptor in (requests, answers, log):
            os.set_blocking(descriptor, False)
        self._selector.register(answers, selectors.EVENT_READ)
        self._selector.register(log, selectors.EVENT_READ)

    def exchange(self, message: bytes, deadline: float) -> _Reading:
        """Send a message and read until its answer is there, the worker has ended, or time is up."""
        read = _Reading()
        waiting = memoryview(message)
        if waiting:
            self._selector.register(self._requests, selectors.EVENT_WRITE)
        while not read.is_complete() and not read.ended and (left := deadline - time.monotonic()) > 0:
            for key, _events in self._selector.select(left):
                if key.fd == self._requests:
                    waiting = self._send(waiting)
                elif key.fd == self._answers:
                    self._receive(read)
                else:
                    self._read_log()
        # The worker writes the end of its output before its answer: all of it is there by now.
        self._read_log()
        read.output = self._take_output()
        return read

    def close(self) -> None:
        self.is_open = False
        self._selector.close()
        for descriptor in (self._requests, self._answers, self._log):
            os.close(descriptor)

    def _send(self, waiting: memoryview) -> memoryview:
        with suppress(BlockingIOError, BrokenPipeError):
            waiting = waiting[os.write(self._requests, waiting) :]
        if not waiting:
            self._selector.unregister(self._requests)
        return waiting

    def _receive(self, read: _Reading) -> None:
        chunk = os.read(self._answers, _CHUNK)
        read.answer += chunk
        read.line_ends += chunk.count(b"\n")
        read.ended = not chunk

    def _read_log(self) -> None:
        """Read all that was printed by now."""
        with suppress(BlockingIOError):
            while chunk := os.read(self._log, _CHUNK):
                self._printed += chunk
                if len(self._printed) > 2 * LOG_BYTES:
                    del self._printed[:-LOG_BYTES]
            with suppress(KeyError):
                # Nobody holds its other end any more; it would be reported as readable for ever.
                self._selector.unregister(self._log)

    def _take_output(self) -> tuple[str, ...]:
        """Return what was printed up to the worker's mark; what came later belongs to the next call, as on AWS."""
        printed, _mark, later = bytes(self._printed).partition(_END_OF_OUTPUT)
        self._printed = bytearray(later)
        return tuple(printed.decode(errors="replace").splitlines())
