"""Who am I: identity of this instance from the instance metadata service, version 2.

Only the session-token protocol is spoken; version 1 is never tried, since launch templates turn it off.
"""

from __future__ import annotations

from dataclasses import dataclass

import urllib3

DEFAULT_ENDPOINT = "http://169.254.169.254"
ENDPOINT_VARIABLE = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
TOKEN_SECONDS = 60
TIMEOUT_SECONDS = 2.0


class MetadataError(Exception):
    """The instance metadata service gave no usable answer."""


@dataclass(frozen=True)
class Instance:
    """Identity of this instance.

    :param instance_id: for example `i-0123456789abcdef0`.
    :param region: for example `eu-central-1`.
    """

    instance_id: str
    region: str


def identify(endpoint: str) -> Instance:
    """Ask the metadata service at `endpoint` who this instance is.

    :raises MetadataError: if it does not answer, or not as version 2 does.
    """
    base = f"{endpoint.rstrip('/')}/latest"
    pool = urllib3.PoolManager(timeout=TIMEOUT_SECONDS, retries=False)
    try:
        token = _text(pool, "PUT", f"{base}/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)})
        header = {"X-aws-ec2-metadata-token": token}
        return Instance(
            instance_id=_text(pool, "GET", f"{base}/meta-data/instance-id", header),
            region=_text(pool, "GET", f"{base}/meta-data/placement/region", header),
        )
    finally:
        pool.clear()


def _text(pool: urllib3.PoolManager, method: str, url: str, headers: dict[str, str]) -> str:
    try:
        response = pool.request(method, url, headers=headers)
    except urllib3.exceptions.HTTPError as error:
        raise MetadataError(f"the instance metadata service at {url} does not answer: {error}") from error
    if response.status != 200:
        raise MetadataError(f"the instance metadata service answered {response.status} to {method} {url}")
    return response.data.decode().strip()
