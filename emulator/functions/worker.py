"""Runs one function in a process of its own, as Lambda's runtime for Python does.

Started by path on the functions' interpreter, as `worker.py ANSWERS [PACKAGES ...]`: the number of the file descriptor
for answers, and the folders of packages from layers. It reads one JSON object per line from standard input and answers
each with two lines: a head, and the payload. Output of the function goes to standard output and error; after each call
comes a line that starts with a zero byte, so whoever reads it knows where the output of a call ends.

Standard library only, and as little of it as possible, since every cold start imports it. What is raised, and in which
words, is taken from AWS's own `awslambdaric`.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import queue
import resource
import signal
import site
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

Handler = Callable[[Any, "Context"], Any]
Fault = dict[str, Any]
"""What Lambda answers for a failed call: errorMessage, errorType, requestId, stackTrace."""


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = None
        self.identity = None
        self._deadline = time.monotonic() + request["timeout_seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the call may still take."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class HandlerError(Exception):
    """The handler cannot be found; carries Lambda's name for the reason."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


def extend_path(task: str, packages: Iterable[str]) -> None:
    """Let the function find its own modules first, then those of its layers, then those of the runtime."""
    found = list(packages)
    for folder in found:
        # Also loads its `.pth` files, which some packages need.
        site.addsitedir(folder)
    sys.path[:] = [task, *found, *(entry for entry in sys.path if entry not in found)]


def load(name: str) -> Handler:
    """Import the handler.

    :param name: `module.function`, where the module may be `package/module` too.
    :raises HandlerError: if there is none.
    """
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise HandlerError("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from error
    module_name = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        raise HandlerError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        raise HandlerError("Runtime.UserCodeSyntaxError", message) from error
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise HandlerError("Runtime.HandlerNotFound", message)
    handler: Handler = getattr(module, function_name)
    return handler


def fault(error: BaseException, request_id: str) -> Fault:
    """Return what Lambda answers for an exception of the function's."""
    error_type, frames = type(error).__name__, own_frames(error.__traceback__)
    if isinstance(error, HandlerError):
        error_type, frames = error.error_type, []
    return {"errorMessage": str(error), "errorType": error_type, "requestId": request_id, "stackTrace": frames}


def own_frames(trace: TracebackType | None) -> list[str]:
    """Return the frames of the function's own code, without those of this file and of the import system."""
    frames = traceback.extract_tb(trace)
    while frames and (frames[0].filename == __file__ or "importlib" in frames[0].filename):
        frames.pop(0)
    # As tuples: Lambda's lines lack the carets, too.
    return traceback.format_list([(each.filename, each.lineno or 0, each.name, each.line) for each in frames])


def as_json(result: Any) -> str:
    """Return a result as JSON.

    :raises HandlerError: if it is none.
    """
    try:
        return json.dumps(result, default=_number)
    except (TypeError, ValueError, RecursionError) as error:
        raise HandlerError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _number(value: Any) -> float:
    if type(value).__name__ == "Decimal":
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


class LogFormatter(logging.Formatter):
    """Lambda's form of a log record; knows which call is being served."""

    converter = staticmethod(time.gmtime)
    request_id = ""

    def __init__(self) -> None:
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        record.request_id = self.request_id
        return super().format(record)


class Worker:
    """Serves calls, one after another.

    :param handler_name: see :func:`load`.
    :param answers: file descriptor to answer on.
    """

    def __init__(self, handler_name: str, answers: int) -> None:
        self._name = handler_name
        self._answers = answers
        self._formatter = LogFormatter()
        output = logging.StreamHandler(sys.stdout)
        output.setFormatter(self._formatter)
        logging.getLogger().addHandler(output)

    def initialise(self) -> Handler | None:
        """Import the handler and answer how that went; None if it failed."""
        try:
            handler = load(self._name)
        except Exception as error:
            self._answer(fault(error, ""))
            return None
        self._answer(None)
        return handler

    def serve(self, handler: Handler, request: dict[str, Any]) -> None:
        """Serve one call."""
        self._formatter.request_id = request["request_id"]
        _set_trace(request.get("trace_id"))
        try:
            payload, failed = as_json(handler(request["event"], Context(request))), None
        except Exception as error:
            payload, failed = "null", fault(error, request["request_id"])
        self._answer(failed, payload)

    def _answer(self, failed: Fault | None, payload: str = "null") -> None:
        if failed:
            _log_fault(failed)
        sys.stdout.flush()
        sys.stderr.flush()
        _write_all(1, b"\0\n")
        head = {"fault": failed, "peak_kilobytes": peak_kilobytes()}
        _write_all(self._answers, f"{json.dumps(head)}\n{payload}\n".encode())


def peak_kilobytes() -> int:
    """Return the most memory that this process has used so far."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    # What `getrusage` says includes what the emulator itself used before this program took its place.
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib costs 5 ms
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def _set_trace(trace_id: str | None) -> None:
    os.environ.pop("_X_AMZN_TRACE_ID", None)
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id


def _log_fault(failed: Fault) -> None:
    sys.stdout.write(f"[ERROR] {failed['errorType']}: {failed['errorMessage']}\n")
    sys.stdout.write("Traceback (most recent call last):\n" + "".join(failed["stackTrace"]))


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _read_into(requests: queue.SimpleQueue[bytes], source: int) -> None:
    """Hand on each line; when there are no more, the emulator is gone, and so is whatever runs here, at once."""
    with os.fdopen(source, "rb") as lines:
        for line in lines:
            requests.put(line)
    os.killpg(0, signal.SIGKILL)


def main() -> int:
    """Serve calls until standard input ends; return the exit status."""
    answers = int(sys.argv[1])
    # What the function starts must not hold this open: its end tells that this process has ended.
    os.set_inheritable(answers, False)
    source = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    if os.environ.get("LC_CTYPE") == "C.UTF-8":
        # Python itself sets it where this machine lacks the locale that Lambda has.
        del os.environ["LC_CTYPE"]
    extend_path(os.environ["LAMBDA_TASK_ROOT"], sys.argv[2:])
    requests: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_into, args=(requests, source), daemon=True).start()
    worker = Worker(os.environ["_HANDLER"], answers)
    handler = worker.initialise()
    if handler is None:
        return 1
    while True:
        worker.serve(handler, json.loads(requests.get()))


if __name__ == "__main__":
    sys.exit(main())
