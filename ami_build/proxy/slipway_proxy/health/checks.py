"""Is this instance fit to serve: the proxy answers, the authority is there, the functions can be reached.

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
from slipway_proxy.health.functions import FunctionClient
from slipway_proxy.runtime import CA_CERTIFICATE_FILE

CANARY_URL = "http://slipway.canary/"
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

    :param proxy: HTTP client whose requests go through the proxy of this instance.
    :param functions: calls functions, signed.
    :param directory: runtime folder.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self,
        *,
        proxy: httpx.AsyncClient,
        functions: FunctionClient,
        directory: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._proxy = proxy
        self._functions = functions
        self._directory = directory
        self._clock = clock
        self._latest: dict[str, Check] = {}
        self._latest_at = -FUNCTIONS_FRESH_SECONDS
        self._functions_seen = False
        self._lock = asyncio.Lock()

    async def report(self) -> Report:
        """Make all checks."""
        proxy, functions = await asyncio.gather(self._check_proxy(), self._check_functions())
        authority = self._check_authority()
        self._functions_seen = self._functions_seen or all(check.ok for check in functions.values())
        return Report(
            fit=proxy.ok and authority.ok and self._functions_seen,
            checks={"proxy": proxy, "certificate-authority": authority, **functions},
        )

    def certificate(self) -> str:
        """Return the authority's public certificate, PEM.

        :raises OSError: if it is not there.
        """
        return (self._directory / CA_CERTIFICATE_FILE).read_text()

    async def _check_proxy(self) -> Check:
        try:
            response = await self._proxy.get(CANARY_URL)
        except httpx.HTTPError as error:
            return Check(False, f"the proxy does not answer: {str(error) or type(error).__name__}")
        if response.status_code != httpx.codes.OK:
            return Check(False, f"the proxy answered {response.status_code}: {response.text.strip()}")
        return Check(True, "answers")

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
