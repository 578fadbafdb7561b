"""One health check of one target, made for real."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from emulator.balancer.health import Failure
from emulator.balancer.plan import Check, Target

TIMEOUT = Failure("Target.Timeout", "Request timed out")
FAILED = Failure("Target.FailedHealthChecks", "Health checks failed")
_DRAIN_SECONDS = 1.0
_DRAIN_BYTES = 1 << 20


def _any_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_ANY_CERTIFICATE = {False: None, True: _any_certificate()}


class _MalformedAnswerError(Exception):
    """What answered does not speak HTTP."""


async def failure_of(target: Target, check: Check) -> Failure | None:
    """Check a target; return why it failed, or None."""
    if target.address is None:
        # Nothing on this machine stands for it; on AWS no answer would come either.
        return TIMEOUT
    try:
        status = await _ask(target.address, check.port or target.port, check)
    except TimeoutError:
        return TIMEOUT
    except (OSError, _MalformedAnswerError):
        return FAILED
    if status is None or matches(status, check.codes):
        return None
    return Failure("Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def matches(status: int, codes: str) -> bool:
    """Tell whether an HTTP status is among the codes of a matcher."""
    for part in codes.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


async def _ask(address: str, port: int, check: Check) -> int | None:
    """Connect, and return the status of the answer if the check sends a request."""
    async with asyncio.timeout(check.timeout_seconds) as limit:
        reader, writer = await asyncio.open_connection(address, port, ssl=_ANY_CERTIFICATE[check.is_encrypted])
        try:
            if check.path is None:
                return None
            head = f"GET {check.path} HTTP/1.1\r\nHost: {address}:{port}\r\nConnection: close\r\n"
            writer.write(f"{head}User-Agent: ELB-HealthChecker/2.0\r\n\r\n".encode())
            status = _status(await _line(reader))
            limit.reschedule(None)
            await _drain(reader)
            return status
        finally:
            writer.close()


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:
        raise _MalformedAnswerError from error


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit():
        raise _MalformedAnswerError
    return int(status)


async def _drain(reader: asyncio.StreamReader) -> None:
    """Read the rest, so that a server which still sends does not find the connection reset."""
    with contextlib.suppress(TimeoutError, OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            await reader.readexactly(_DRAIN_BYTES)
