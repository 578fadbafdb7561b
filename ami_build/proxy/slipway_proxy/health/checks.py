"""Is this instance fit to serve: all of the proxy answers, the authority is there, the functions can be reached.

Only asks and judges; how the answer looks over HTTP is the business of `app`.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from contract import routes
from contract.components import Function
from slipway_proxy import canary
from slipway_proxy.health.functions import FunctionClient
from slipway_proxy.health.processes import ProxyProcesses
from slipway_proxy.runtime import CA_CERTIFICATE_FILE

FUNCTIONS_FRESH_SECONDS = 5.0


@dataclass(frozen=True)
class Check:
    """One finding.

    :param ok: whether it is as it should be.
    :param detail: what was found, for people.
    """

    ok: bool
    detail: str


@dataclass(frozen=True)
class Report:
    """All findings.

    :param fit: whether the load balancer should send clients here.
    :param checks: findings by name.
    """

    fit: bool
    checks: dict[str, Check]


class HealthChecks:
    """Judges the instance.

    Functions that cannot be reached keep an instance out of service only until they have answered once. Later their
    outage is reported and no more: the proxy fails open then, whereas a whole fleet that turns unhealthy at the same
    moment would be replaced instance by instance, again and again.

    :param proxy: HTTP client whose requests go through the proxy of this instance, on the port that clients use.
    :param processes: the processes behind that port.
    :param leaving: says why this instance is about to end, or None.
    :param users_problem: says why nobody could sign in to the proxy; empty if that is not so.
    :param functions: calls functions, signed.
    :param directory: runtime folder.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self,
        *,
        proxy: httpx.AsyncClient,
        processes: ProxyProcesses,
        leaving: Callable[[], str | None],
        users_problem: Callable[[], str],
        functions: FunctionClient,
        directory: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._proxy = proxy
        self._processes = processes
        self._leaving = leaving
        self._users_problem = users_problem
        self._functions = functions
        self._directory = directory
        self._clock = clock
        self._latest: dict[str, Check] = {}
        self._latest_at = -FUNCTIONS_FRESH_SECONDS
        self._functions_seen = False
        self._lock = asyncio.Lock()

    async def report(self) -> Report:
        """Make all checks."""
        proxy, processes, functions = await asyncio.gather(
            self._check_proxy(), self._check_processes(), self._check_functions()
        )
        own = {
            "proxy": proxy,
            "processes": processes,
            "certificate-authority": self._check_authority(),
            "users": self._check_users(),
            "staying": self._check_staying(),
        }
        self._functions_seen = self._functions_seen or all(check.ok for check in functions.values())
        fit = self._functions_seen and all(check.ok for check in own.values())
        return Report(fit=fit, checks={**own, **functions})

    def certificate(self) -> str:
        """Return the authority's public certificate, PEM.

        :raises OSError: if it is not there.
        """
        return (self._directory / CA_CERTIFICATE_FILE).read_text()

    async def _check_proxy(self) -> Check:
        try:
            response = await self._proxy.get(canary.URL)
        except httpx.HTTPError as error:
            return Check(False, f"the proxy does not answer: {str(error) or type(error).__name__}")
        if response.status_code != httpx.codes.OK:
            return Check(False, f"the proxy answered {response.status_code}: {response.text.strip()}")
        return Check(True, "answers")

    async def _check_processes(self) -> Check:
        states = await self._processes.states()
        problems = [state.problem for state in states if state.problem]
        if problems:
            return Check(False, "; ".join(problems))
        return Check(True, f"{len(states)} of {len(states)} answer")

    def _check_users(self) -> Check:
        problem = self._users_problem()
        return Check(not problem, problem or "can be told from others, or need not be")

    def _check_staying(self) -> Check:
        reason = self._leaving()
        return Check(reason is None, "no end in sight" if reason is None else f"draining: {reason}")

    def _check_authority(self) -> Check:
        try:
            fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.certificate())).hexdigest()
        except (OSError, ValueError) as error:
            return Check(False, f"no certificate of the authority: {error}")
        return Check(True, f"sha256 {fingerprint}")

    async def _check_functions(self) -> dict[str, Check]:
        async with self._lock:
            if self._clock() - self._latest_at >= FUNCTIONS_FRESH_SECONDS:
                found = await asyncio.gather(*map(self._check_function, Function))
                self._latest = dict(zip((function.value for function in Function), found, strict=True))
                self._latest_at = self._clock()
            return self._latest

    async def _check_function(self, function: Function) -> Check:
        try:
            response = await self._functions.get(function, routes.HEALTH)
        except httpx.HTTPError as error:
            return Check(False, f"cannot be reached: {str(error) or type(error).__name__}")
        if response.status_code != httpx.codes.OK:
            return Check(False, f"answered {response.status_code}")
        return Check(True, "answers")
