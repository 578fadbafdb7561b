"""Faults inside the emulator: requests that are refused, lost or late, resource operations and functions that fail.

Every request passes one function of the emulator, every resource operation of a stack another; both look into the rule
book first. What the rules mean stands in :mod:`emulator.faults`.
"""

from __future__ import annotations

import importlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from emulator.faults import answers
from emulator.faults.catalogue import Moment
from emulator.faults.connection import CUT, UnansweredError
from emulator.faults.rules import Call, Rule, RuleBook
from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.calls import Operation, Request, call_of, invocation_of
from emulator.plugin.resources import account
from emulator.plugin.timing import Timing, leave_untouched, take_longer

_app = borrow("app", "_dispatch_service_request")
_stacks = borrow("services.cloudformation.stacks", "_delete_resource", "_runs_on_worker_thread", "run_reentrant")
_lambda = borrow("services.lambda_svc", "_execute_function_warm")
_denials = borrow("core.iam_actions", "access_denied_response")
_responses = borrow("core.responses", "fix_error_content_type")
logger = logging.getLogger("slipway.emulator")

Response = tuple[int, dict[str, str], Any]
Dispatch = Callable[..., Awaitable[Response]]


class Injector:
    """Has the faults of a rule book happen.

    :param book: the rules in force.
    :param timing: whose clock the rules' times are of.
    """

    def __init__(self, book: RuleBook, timing: Timing) -> None:
        self._book = book
        self._timing = timing

    def install(self) -> None:
        """Have every request, resource operation and function look into the rule book; all else must be there."""
        replace(_app, "_dispatch_service_request", self._dispatching)
        self._on_worker_thread: Callable[[str], bool] = _stacks._runs_on_worker_thread
        replace(_stacks, "run_reentrant", self._provisioning)
        # So each operation passes `run_reentrant`, which knows best which of them to put on a thread.
        replace(_stacks, "_runs_on_worker_thread", lambda _original: lambda _type_name: True)
        replace(_lambda, "_execute_function_warm", self._running)
        streams = importlib.import_module("hypercorn.protocol.http_stream")
        replace(streams.HTTPStream, "_send_error_response", _unless_cut)

    def _take(self, call: Call) -> tuple[Rule, ...]:
        return self._book.take(call, self._timing.clock.now())

    def _dispatching(self, original: Dispatch) -> Dispatch:
        async def dispatch(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], request_id: str
        ) -> Response:
            def go_on() -> Awaitable[Response]:
                return original(method, path, headers, body, query, request_id)

            if self._book.is_empty:
                return await go_on()
            return await self._serve(Request(method, path, headers, body, query), request_id, go_on)

        return dispatch

    async def _serve(self, request: Request, request_id: str, go_on: Callable[[], Awaitable[Response]]) -> Response:
        call, owned = call_of(request)
        final: Rule | None = None
        for rule in self._take(call):
            if rule.fault.answers:
                final = rule
            elif rule.fault.name == "delay":
                await self._timing.clock.sleep(_seconds(rule))
            elif owned is not None:
                await self._remove(owned.type, owned.physical_id, owned.properties, owned.stack, owned.logical_id)
        if final is None:
            return await go_on()
        match final.fault.name:
            case "timeout":
                raise UnansweredError(_seconds(final))
            case "lost-response":
                await go_on()
                raise UnansweredError
            case _:
                return _refuse(final, request, request_id)

    def _provisioning(self, original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        self._on_thread = original

        async def provision(function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
            operation = Operation.of(function, arguments)
            if not operation.changes:
                leave_untouched(operation.logical_id)
            elif not self._book.is_empty and await self._is_gone(operation):
                return None
            return await self._do(operation.type, function, *arguments, **more)

        return provision

    async def _is_gone(self, operation: Operation) -> bool:
        """Let the rules strike at an operation; tell whether it is a removal of what they removed already."""
        call = operation.call()
        identifier = operation.physical_id or operation.logical_id
        for attempt in range(answers.ATTEMPTS):
            problem: answers.Refusal | None = None
            for rule in self._take(call):
                if rule.fault.name.startswith("slow-"):
                    await self._timing.slow_down(operation.logical_id, _seconds(rule))
                elif rule.fault.name.startswith("fail-"):
                    raise ValueError(answers.failure_words(rule, call.type, identifier, str(uuid.uuid4())))
                elif rule.fault.name == "vanish":
                    return await self._vanish(operation, identifier)
                else:
                    service, action = rule.target.act_of(call) or (call.type.split("::")[1], "*")
                    problem = _problem(rule, service, action)
            if problem is None:
                return False
            if not answers.is_retried(problem) or attempt == answers.ATTEMPTS - 1:
                raise ValueError(answers.handler_words(problem, service, str(uuid.uuid4())))
            take_longer(operation.logical_id, 2.0**attempt)
        return False

    async def _vanish(self, operation: Operation, identifier: str) -> bool:
        await self._remove(operation.type, identifier, operation.previous, operation.stack, operation.logical_id)
        if operation.moment is Moment.UPDATE:
            raise ValueError(answers.vanished_words(operation.type, identifier, str(uuid.uuid4())))
        return True

    async def _remove(self, type_name: str, *arguments: Any) -> None:
        try:
            await self._do(type_name, _stacks._delete_resource, type_name, *arguments)
        except Exception as error:  # the resource may already be gone, or refuse: then it stays
            logger.warning("a %s was to vanish, but could not be removed: %s", type_name, error)

    async def _do(self, type_name: str, function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        if self._on_worker_thread(type_name):
            return await self._on_thread(function, *arguments, **more)
        return function(*arguments)

    def _running(self, original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def run(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
            if self._book.is_empty:
                return original(function, event, request_id)
            configuration = function.get("config") or function
            struck = self._take(invocation_of(configuration))
            return _fail(struck[0], configuration, request_id) if struck else original(function, event, request_id)

        return run


def _seconds(rule: Rule) -> float:
    return rule.effect.seconds if rule.effect.seconds is not None else rule.fault.seconds or 0.0


def _refuse(rule: Rule, request: Request, request_id: str) -> Response:
    """Answer with an error, in the form of the service's protocol."""
    service, action = request.service, request.right
    if rule.fault.name == "deny":
        words = {"message": rule.effect.message} if rule.effect.message else {"resource_arn": request.arn}
        status, headers, body = _denials.access_denied_response(
            service, action, request.caller, request_id, headers=request.headers, **words
        )
    else:
        problem = answers.refusal(rule, service)
        _status, headers, body = _denials.access_denied_response(
            service, action, request.caller, request_id, headers=request.headers,
            error_code=problem.code, message=problem.message,
        )  # fmt: skip
        status = problem.status
    _responses.fix_error_content_type(service, status, headers)
    return status, {**headers, "x-amzn-requestid": request_id}, body


def _problem(rule: Rule, service: str, action: str) -> answers.Refusal:
    if rule.fault.name == "deny":
        return answers.denial(rule, f"arn:aws:iam::{account()}:root", service, action)
    return answers.refusal(rule, service)


def _fail(rule: Rule, configuration: dict[str, Any], request_id: str) -> dict[str, Any]:
    timeout = float(configuration.get("Timeout", 3))
    if rule.fault.name == "function-timeout":
        time.sleep(timeout if rule.effect.seconds is None else rule.effect.seconds)  # on a thread of the function's own
    kind, message = answers.function_error(rule, request_id, timeout)
    return {"body": {"errorType": kind, "errorMessage": message}, "error": True, "log": f"{kind}: {message}"}


def _unless_cut(original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The server answers for an application that said nothing; not where saying nothing is the fault."""

    async def send_error(stream: Any, status: int) -> None:
        if not stream.scope.get(CUT):
            await original(stream, status)

    return send_error
