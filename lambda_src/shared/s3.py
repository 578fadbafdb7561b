"""What the adapters to S3 share: the client, and AWS's errors told as errors of ours.

botocore is imported when a client is made, and not before. boto3 never is: all that it would add to a client are
transfers of large files, at a fifth of the time that making it takes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.settings import ServiceSettings
from lambda_src.shared.tracing import Tracer, trace_client

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 5.0
"""A proxy waits two seconds for all functions together; hanging longer than this helps nobody."""


def s3_client(service: ServiceSettings | None = None) -> S3Client:
    """Return a client with the function's own credentials and short timeouts, whose calls are traced.

    It is made with its first use: what a route does not need, its first caller does not wait for. A function that
    starts before anybody waits for it makes it at once.

    :param service: who the function is; None for one that is not traced.
    """
    told = service or ServiceSettings("", "", "")
    client = _MadeWhenUsed(lambda: _make_client(told.tracer))
    if told.starts_ahead:
        client.make()
    return cast("S3Client", client)


class _MadeWhenUsed:
    """Stands for a client until it is used; used by several threads, it is made once."""

    def __init__(self, make: Callable[[], S3Client]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._client: S3Client | None = None

    def make(self) -> S3Client:
        with self._lock:
            self._client = self._client or self._make()
            return self._client

    def __getattr__(self, name: str) -> Any:
        return getattr(self.make(), name)


def _make_client(tracer: Tracer) -> S3Client:
    from botocore.config import Config
    from botocore.session import get_session

    settings = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
        # A presigned URL would else be signed for the global endpoint, which redirects in other regions than us-east-1
        # and so breaks the signature.
        signature_version="s3v4",
        s3={"addressing_style": "virtual"},
    )
    client = get_session().create_client("s3", config=settings)
    trace_client(client, tracer)
    return cast("S3Client", client)


def error_code(error: ClientError) -> str:
    """Return AWS's short name of an error, for example `NoSuchKey`."""
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Tell what AWS raises as an :class:`UnavailableError` that says what was being done.

    :param doing: a phrase, for example `read the cache`.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        reason = error_code(error) or "an unknown error"
        raise UnavailableError("storage-unavailable", f"could not {doing}: S3 answered {reason}") from error
    except BotoCoreError as error:
        reason = type(error).__name__
        raise UnavailableError("storage-unavailable", f"could not {doing}: S3 cannot be reached ({reason})") from error
