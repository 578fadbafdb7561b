"""How every adapter calls AWS: with whose credentials, how often it tries, and what becomes of AWS's errors.

A call that fails by bad luck is made again by botocore itself, in its standard way: with growing, random pauses, and
with the same idempotency token. What it gives up on, becomes an error with a next step; no text of it holds a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from slipway.domain.errors import RefusedError, SlipwayError, UnreachableError

ATTEMPTS = 8

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    connect_timeout=10,
    read_timeout=60,
    user_agent_extra="slipway",
)

_CREDENTIALS = (
    NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError, SSOError,
    ProfileNotFound,
)  # fmt: skip
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ForbiddenException"})
_THROTTLED = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|CallRateLimitExceeded|SlowDown")
_SIGN_IN = "sign in (for example `aws sso login`), or set AWS_PROFILE, and try again"


def session() -> boto3.Session:
    """Return a session with the credentials that the environment gives, as every tool of AWS finds them.

    :raises RefusedError: if the profile that is set does not exist.
    """
    with translated("AWS"):
        return boto3.Session()


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn what boto3 raises into errors that say what to do.

    :param where: region that is asked, for messages.
    :raises UnreachableError: if AWS does not answer, or fails itself.
    :raises RefusedError: if it refuses.
    """
    try:
        yield
    except ClientError as error:
        raise _translation(error, where) from error
    except _CREDENTIALS as error:
        raise RefusedError("no-credentials", f"AWS cannot be asked: {error}", _SIGN_IN) from error
    except (HTTPClientError, NoConnectionError) as error:
        next_step = (
            "start the embedded AWS: make up"
            if _is_of_this_machine(str(error.kwargs.get("endpoint_url", "")))
            else "see that the network is up and that the region's name is right, and try again"
        )
        raise UnreachableError("aws-unreachable", f"{where} does not answer: {error}", next_step) from error
    except BotoCoreError as error:
        raise SlipwayError("aws-call-impossible", f"{where}: {error}", "mend that, and try again") from error


def _translation(error: ClientError, where: str) -> SlipwayError:
    answer: dict[str, Any] = dict(error.response.get("Error", {}))
    code, message = str(answer.get("Code", "")), _readable(str(answer.get("Message", "")))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    call = f"{error.operation_name} in {where}"
    if code in _EXPIRED:
        return RefusedError("credentials-expired", f"the credentials in use have expired ({call})", _SIGN_IN)
    if code in _UNKNOWN:
        return RefusedError(
            "credentials-unknown", f"AWS does not know the credentials in use ({call}: {code})", _SIGN_IN
        )
    if code in _DENIED:
        allow = "use credentials that may do this; docs/reference/image-command.md lists what each command needs"
        return RefusedError("not-allowed", f"{call} was refused: {message}", allow)
    if status >= 500 or _THROTTLED.search(code):
        return UnreachableError("aws-busy", f"{call} failed {ATTEMPTS} times: {code}: {message}", "try again later")
    return RefusedError(code or "refused", f"{call} was refused: {code}: {message}", "mend that, and try again")


def _is_of_this_machine(url: str) -> bool:
    """Tell whether a service is one of the embedded AWS, which stands on loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rpartition(".")[2] == "localhost"


def code_of(error: ClientError) -> str:
    """Return the name that AWS gives an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _readable(message: str) -> str:
    """Return a message without the part that only AWS can read."""
    return re.sub(r"\s*Encoded authorization failure message: \S+", "", message).strip()
