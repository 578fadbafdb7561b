"""Who asks: the principal whose signature Lambda has checked, for the audit trail. Lets everybody in whom Lambda did.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

UNKNOWN = "an unknown program"

Identify = Callable[[Mapping[str, Any]], str]
"""Returns the name of who sent a function URL event, or raises a ServiceError if they may not ask."""


def signer(event: Mapping[str, Any]) -> str:
    """Return the ARN of whoever signed a request."""
    match event:
        case {"requestContext": {"authorizer": {"iam": {"userArn": str(arn)}}}} if arn:
            return arn
    return UNKNOWN
