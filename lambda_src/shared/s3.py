"""What the adapters to S3 share: the client, and AWS's errors told as errors of ours.

The only place below `lambda_src` that imports boto3, and only when a client is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lambda_src.shared.errors import UnavailableError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 5.0
"""A proxy waits two seconds for all functions together; hanging longer than this helps nobody."""


def s3_client() -> S3Client:
    """Return a client with the function's own credentials and short timeouts."""
    import boto3
    from botocore.config import Config

    retries = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    client: S3Client = boto3.client("s3", config=retries)
    return client


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
