"""Where calls of Python functions run: in an environment of their own, in processes that know nothing of the emulator.

The emulator's pool lends and takes back what runs here; its worker is replaced by one on :mod:`emulator.functions`.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emulator.functions.environment import Function, Machine, Place, variables
from emulator.functions.idle import Idle, surplus
from emulator.functions.packages import PackageError, Packages
from emulator.functions.process import Answer, ExecutionEnvironment
from emulator.functions.report import RESPONSE_BYTES, Call, log_lines, too_large_response
from emulator.plugin import clock
from emulator.plugin.borrowed import borrow, replace
from emulator.runtimes import this_host

_lambda = borrow(
    "services.lambda_svc",
    "_account_region_from_function_config",
    "_emit_lambda_logs",
    "_execute_function_warm",
    "_resolve_layer_zip",
    "_xray_trace_id_for_invocation",
    "acquire_worker",
    "release_worker",
)
_runtime = borrow("core.lambda_runtime", "_lock", "_worker_class_for", "_workers", "execution_credentials")
_logs = borrow(
    "services.cloudwatch_logs",
    "_append_log_events",
    "_fanout_to_subscription_filters",
    "_log_events_lock",
    "_log_groups",
    "_make_group_arn",
)

INITIALISATION_SECONDS = 10.0
"""What AWS allows for a cold start before it begins again, then within the function's own timeout."""

SWEEP_SECONDS = 2.0
_WRITTEN = "written"
"""Marks a result whose log is in CloudWatch Logs already."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How one call went.

    :param answer: what the process answered.
    :param seconds: how long the call took, without the cold start.
    :param log_stream: name of the stream that its log belongs to.
    :param initialisation_seconds: how long the cold start took, if there was one.
    """

    answer: Answer
    seconds: float
    log_stream: str
    initialisation_seconds: float | None = None


@dataclass
class _Running:
    """A started execution environment and what belongs to it."""

    environment: ExecutionEnvironment
    place: Place
    packages: tuple[Path, ...]

    def end(self) -> None:
        self.environment.end()
        shutil.rmtree(self.place.scratch, ignore_errors=True)


class Worker:
    """What the emulator's pool holds for a Python function; the names without comment are the pool's.

    :param config: the function's configuration, as it was when the worker was made.
    """

    machine: Machine
    packages: Packages

    def __init__(self, func_name: str, config: Record, code_zip: bytes) -> None:
        self.func_name = func_name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = 0.0
        # Always none: the pool would end a process in the middle of a call, which AWS lets finish.
        self._proc = None
        self._cold = True
        self._lock = threading.RLock()
        self._calling = threading.Lock()
        self._retired = False
        self._running: _Running | None = None
        self.log_stream = _new_log_stream(config.get("Version", "$LATEST"))
        self.idle_since = time.monotonic()

    def call(self, request: Record) -> Outcome:
        """Serve one call, after a cold start if need be.

        :param request: see :meth:`ExecutionEnvironment.invoke`.
        """
        with self._calling:
            try:
                return self._call(request)
            finally:
                self.idle_since = time.monotonic()
                if self._retired or not self._is_alive():
                    self._end()

    def used(self) -> tuple[Path, ...]:
        """Return the unpacked archives that it uses."""
        running = self._running
        return (running.place.task, *running.packages) if running else ()

    def kill(self) -> None:
        """End it even in the middle of a call; for when the emulator itself ends."""
        if self._running is not None:
            self._running.environment.kill()

    def _discard_tmpdir(self) -> None:
        """Called by the pool when it has given this worker up."""
        self._retired = True
        if self._calling.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._calling.release()

    def _spawn(self) -> None:
        """Called by the pool when a published version is to be started ahead of its calls."""
        with self._calling:
            ready, _seconds = self._start()
            if ready.fault:
                self._end()
                raise RuntimeError(ready.fault["errorMessage"])

    def _call(self, request: Record) -> Outcome:
        initialisation: float | None = None
        printed: tuple[str, ...] = ()
        if self._running is None:
            ready, initialisation = self._start()
            if ready.fault:
                failed = replaced(ready, fault={**ready.fault, "requestId": request["request_id"]})
                return Outcome(failed, 0.0, self.log_stream, initialisation)
            printed = ready.output
        assert self._running is not None  # noqa: S101 - just started
        began = time.monotonic()
        answer = self._running.environment.invoke(request, _timeout(self.config))
        seconds = time.monotonic() - began
        return Outcome(replaced(answer, output=(*printed, *answer.output)), seconds, self.log_stream, initialisation)

    def _start(self) -> tuple[Answer, float]:
        began = time.monotonic()
        task = self.packages.unpack(self.code_zip)
        packages, layers = _packages_of(self.config, self.packages)
        scratch = Path(tempfile.mkdtemp(prefix="function-", dir=self.machine.temporary))
        place = Place(task, scratch, self.log_stream)
        seen = variables(_describe(self.config), place, self.machine, _runtime.execution_credentials(self.config))
        environment = ExecutionEnvironment(self.machine.python, seen, task, packages)
        self._running = _Running(environment, place, layers)
        ready = environment.wait_until_ready(INITIALISATION_SECONDS + _timeout(self.config))
        return ready, time.monotonic() - began

    def _is_alive(self) -> bool:
        return self._running is not None and self._running.environment.is_alive()

    def _end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            running.end()
            # Another environment, another stream.
            self.log_stream = _new_log_stream(self.config.get("Version", "$LATEST"))


def _timeout(config: Record) -> float:
    return float(config.get("Timeout") or 3)


def _new_log_stream(version: str) -> str:
    return f"{datetime.fromtimestamp(clock.now(), UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}"


def _log_group(config: Record) -> str:
    settings = config.get("LoggingConfig") or {}
    return str(settings.get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}")


def _describe(config: Record) -> Function:
    _account, region = _lambda._account_region_from_function_config(config)
    return Function(
        name=config["FunctionName"],
        version=config.get("Version", "$LATEST"),
        runtime=config["Runtime"],
        handler=config.get("Handler", ""),
        memory_mb=int(config.get("MemorySize") or 128),
        region=region,
        log_group=_log_group(config),
        variables=(config.get("Environment") or {}).get("Variables") or {},
    )


def _packages_of(config: Record, packages: Packages) -> tuple[list[Path], tuple[Path, ...]]:
    """Return the folders to import from, the last layer before the others, and the unpacked layers."""
    references = config.get("Layers") or []
    if not references:
        return [], ()
    host = this_host()
    architecture = (config.get("Architectures") or ["x86_64"])[0]
    if not host.fits(config["Runtime"], architecture):
        own = host.own_packages()
        return ([own] if own else []), ()
    archives = [archive for reference in references if (archive := _lambda._resolve_layer_zip(reference))]
    layers = tuple(packages.unpack(archive) for archive in archives)
    entries = (f"python/lib/{config['Runtime']}/site-packages", "python")
    found = [folder for layer in reversed(layers) for entry in entries if (folder := layer / entry).is_dir()]
    return found, layers


def _execute(original: Callable[..., Record]) -> Callable[..., Record]:
    def execute(func: Record, event: Any, request_id: str) -> Record:
        config = func.get("config") or func
        code = func.get("code_zip")
        if not code:
            return _failure({"errorType": "Runtime.NoCode", "errorMessage": "the function's code is not there"}, "")
        if not str(config.get("Runtime", "")).startswith("python"):
            return original(func, event, request_id)
        version = config.get("Version", "$LATEST")
        worker, _reason = _lambda.acquire_worker(config["FunctionName"], config, code, qualifier=version)
        try:
            outcome = worker.call(
                {
                    "event": event, "request_id": request_id, "function_arn": config.get("FunctionArn", ""),
                    "trace_id": _lambda._xray_trace_id_for_invocation(config),
                }
            )  # fmt: skip
        except PackageError as error:
            return _failure({"errorType": "InvalidZipFileException", "errorMessage": str(error)}, "")
        finally:
            _lambda.release_worker(worker)
        return _result(config, request_id, outcome)

    return execute


def _result(config: Record, request_id: str, outcome: Outcome) -> Record:
    """Write the log of a call, and return its result as the emulator has it."""
    answer = outcome.answer
    fault = answer.fault
    if fault is None and answer.payload_bytes > RESPONSE_BYTES:
        fault = too_large_response()
    call = Call(
        request_id, config.get("Version", "$LATEST"), int(config.get("MemorySize") or 128), outcome.seconds,
        answer.peak_mb, outcome.initialisation_seconds,
    )  # fmt: skip
    remark = fault["errorMessage"] if fault and "stackTrace" not in fault else None
    lines = log_lines(call, answer.output, remark)
    _write_log(_log_group(config), outcome.log_stream, lines)
    text = "\n".join(lines) + "\n"
    return _failure(fault, text) if fault else {"body": answer.payload, "log": text, "log_source": _WRITTEN}


def _failure(fault: Record, log: str) -> Record:
    return {"body": fault, "error": True, "function_error": "Unhandled", "log": log, "log_source": log and _WRITTEN}


def _write_log(group_name: str, stream_name: str, lines: list[str]) -> None:
    now = int(clock.now() * 1000)
    # This is a function's thread: on the event loop, groups and streams are trimmed meanwhile.
    with _logs._log_events_lock:
        stream = _stream(group_name, stream_name, now)
    events = [{"timestamp": now, "message": line} for line in lines]
    _logs._append_log_events(stream, [{**event, "ingestionTime": now} for event in events])
    _logs._fanout_to_subscription_filters(group_name, stream_name, events)


def _stream(group_name: str, stream_name: str, now: int) -> Record:
    """Return a log stream; if it is not there, it is made, and its group as well.

    :param now: in milliseconds since 1970.
    """
    group = _logs._log_groups.get(group_name)
    if group is None:
        group = _logs._log_groups[group_name] = {
            "arn": _logs._make_group_arn(group_name), "creationTime": now, "retentionInDays": None, "tags": {},
            "subscriptionFilters": {}, "streams": {},
        }  # fmt: skip
    stream: Record | None = group["streams"].get(stream_name)
    if stream is None:
        stream = group["streams"][stream_name] = {
            "events": [], "uploadSequenceToken": "1", "creationTime": now, "firstEventTimestamp": None,
            "lastEventTimestamp": None, "lastIngestionTime": None,
        }  # fmt: skip
    return stream


def _emit_others(original: Callable[..., None]) -> Callable[..., None]:
    """The logs of functions that do not run here are the emulator's business."""

    def emit(*arguments: Any, log_source: str | None = None, **named: Any) -> None:
        if log_source != _WRITTEN:
            original(*arguments, log_source=log_source, **named)

    return emit


def _choose_worker(original: Callable[[Record], Any]) -> Callable[[Record], Any]:
    def choose(config: Record) -> Any:
        return Worker if str(config.get("Runtime", "")).startswith("python") else original(config)

    return choose


async def end_surplus() -> None:
    """End idle execution environments beyond what :mod:`emulator.functions.idle` allows, again and again, for ever."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await asyncio.to_thread(sweep)


def sweep() -> None:
    """End what waits too long or beyond the limit, and remove the code that nothing uses."""
    with _runtime._lock:
        workers = [worker for pool in _runtime._workers.values() for worker in pool if isinstance(worker, Worker)]
        doomed = surplus((Idle(each, each.idle_since) for each in workers if not each.in_use), time.monotonic())
        for key, pool in list(_runtime._workers.items()):
            _runtime._workers[key] = [worker for worker in pool if worker not in doomed]
            if not _runtime._workers[key]:
                del _runtime._workers[key]
    for worker in doomed:
        worker._discard_tmpdir()
    Worker.packages.forget({path for worker in workers for path in worker.used()})


def kill_all() -> None:
    """Kill every function that runs; for when the emulator ends."""
    for pool in list(_runtime._workers.values()):
        for worker in pool:
            # Those of the emulator's own ask first, and wait; theirs is the process.
            killable = worker if isinstance(worker, Worker) else worker._proc
            if killable is not None:
                killable.kill()


def install(machine: Machine) -> None:
    """Have Python functions run here.

    :param machine: what they all have in common.
    """
    Worker.machine = machine
    Worker.packages = Packages(machine.temporary / "packages")
    replace(_runtime, "_worker_class_for", _choose_worker)
    replace(_lambda, "_execute_function_warm", _execute)
    replace(_lambda, "_emit_lambda_logs", _emit_others)
