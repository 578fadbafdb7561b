"""What Lambda itself writes into the log of each call, and the limits of a call's size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

REQUEST_BYTES = 6 * 1024 * 1024
"""Most that a synchronous call may send ("Invocation payload" in the Lambda quotas)."""

ASYNCHRONOUS_REQUEST_BYTES = 1024 * 1024
"""Most that an asynchronous call may send."""

RESPONSE_BYTES = 6_291_556
"""Most that a function may answer, as Lambda's own message gives it."""


@dataclass(frozen=True)
class Call:
    """One call, as its report shows it.

    :param request_id: of the call.
    :param version: of the function.
    :param memory_mb: as configured.
    :param seconds: how long the handler took.
    :param peak_mb: the most memory that was used.
    :param initialisation_seconds: how long the cold start took; None for a warm call.
    """

    request_id: str
    version: str
    memory_mb: int
    seconds: float
    peak_mb: int
    initialisation_seconds: float | None = None


def log_lines(call: Call, printed: Sequence[str], remark: str | None = None) -> list[str]:
    """Return the log of a call.

    :param printed: what the function itself printed.
    :param remark: what Lambda adds where the process ended.
    """
    remarks = [remark] if remark else []
    return [
        f"START RequestId: {call.request_id} Version: {call.version}",
        *printed,
        *remarks,
        f"END RequestId: {call.request_id}",
        _report(call),
    ]


def _report(call: Call) -> str:
    initialisation = call.initialisation_seconds
    billed = call.seconds + (initialisation or 0)
    parts = [
        f"REPORT RequestId: {call.request_id}",
        f"Duration: {call.seconds * 1000:.2f} ms",
        f"Billed Duration: {math.ceil(billed * 1000)} ms",
        f"Memory Size: {call.memory_mb} MB",
        f"Max Memory Used: {call.peak_mb} MB",
    ]
    if initialisation is not None:
        parts.append(f"Init Duration: {initialisation * 1000:.2f} ms")
    return "\t".join(parts) + "\t"


def too_large_request(limit: int) -> dict[str, str]:
    """Return what Lambda answers, with status 413, to a request that is too large."""
    return {
        "Type": "User",
        "__type": "RequestTooLargeException",
        "message": f"Request must be smaller than {limit} bytes for the InvokeFunction operation",
    }


def too_large_response() -> dict[str, str]:
    """Return what Lambda answers in place of a payload that is too large."""
    return {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes).",
    }
