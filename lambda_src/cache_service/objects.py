"""What the cache's objects are and what a store of them can do. Knows no strategy, no HTTP and no S3."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

HASH_DIGITS = 16
"""Hexadecimal digits of a content's hash, the first of SHA-256's 64."""


def content_hash(data: bytes) -> str:
    """Return the hash by which content can be found."""
    return hashlib.sha256(data).hexdigest()[:HASH_DIGITS]


@dataclass(frozen=True)
class CacheObject:
    """Bytes with their type and end.

    :param expires_at: seconds since 1970, UTC.
    :param etag: what S3 calls this content of the object; empty for one that was not read from there.
    """

    data: bytes
    content_type: str
    expires_at: float
    etag: str = field(default="", compare=False)


@dataclass(frozen=True)
class Head:
    """An object without its bytes.

    :param expires_at: seconds since 1970, UTC.
    :param size: bytes.
    :param content_hash: as :func:`content_hash` makes it.
    """

    content_type: str
    expires_at: float
    size: int
    content_hash: str
    etag: str


@dataclass(frozen=True)
class Listed:
    """An object as a list shows it, which does not know its end.

    :param size: bytes as they lie there, with what is written behind the content.
    :param modified_at: seconds since 1970, UTC.
    :param etag: what S3 calls this content of the object.
    """

    path: str
    size: int
    modified_at: float
    etag: str


@dataclass(frozen=True)
class Listing:
    """One page of a list, in the order of the paths' bytes.

    :param is_complete: whether nothing follows.
    """

    objects: tuple[Listed, ...]
    is_complete: bool


MOST_LISTED = 1000
"""Objects on one page of a list, and paths in one delete.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and API_DeleteObjects.html
"""


class ObjectStore(Protocol):
    """Where objects are kept; every method raises :class:`~lambda_src.shared.errors.UnavailableError` if that fails."""

    def put(self, path: str, item: CacheObject) -> None:
        """Keep an object, replacing what was there."""

    def put_new(self, path: str, item: CacheObject) -> bool:
        """Keep an object if there is none at this path, expired or not; return whether there was none."""

    def replace(self, path: str, item: CacheObject, etag: str) -> bool:
        """Keep an object if what is there now is still what had this ETag; return whether it was."""

    def get(self, path: str, *, fresh: bool = False) -> CacheObject | None:
        """Return an object, expired or not; None if there is none.

        :param fresh: ask what keeps it for good, and nothing that may have been left behind. Only then is its ETag set.
        """

    def head(self, path: str, *, readable: bool = False) -> Head | None:
        """Return an object without its bytes, always fresh; None if there is none.

        :param readable: make sure that it can be read, too; one that cannot be is told as expired long ago.
        """

    def list(self, prefix: str, *, after: str = "", limit: int = MOST_LISTED) -> Listing:
        """List the objects whose paths begin with a prefix, always fresh.

        :param after: only those behind this path.
        :param limit: at most so many, from 1 to :data:`MOST_LISTED`.
        """

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects, any number; those that are not there do not matter."""

    def discard(self, useless: Sequence[tuple[str, str]]) -> None:
        """Delete objects that are of no use any more, each if it still is what was looked at; others do not matter.

        Those of entries have ended, so that nothing in front has them.

        :param useless: path and ETag of each.
        """
