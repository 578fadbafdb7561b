"""What proxy management needs of a store of objects; :mod:`.s3_store` is the one there is.

Nothing is ever locked. Whoever writes says which version of the object it replaces, and is told when that is no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Kept:
    """An object as it was read.

    :param etag: changes with the content; a write names the one that it replaces.
    """

    data: bytes
    etag: str


@dataclass(frozen=True)
class Listed:
    """An object as a list names it.

    :param etag: as in :class:`Kept`.
    """

    key: str
    etag: str


class ObjectStore(Protocol):
    """Objects by key, in one folder of a bucket; keys are without that folder."""

    def read(self, key: str) -> Kept | None:
        """Return an object, or None if there is none.

        :raises UnavailableError: if the store does not answer.
        """

    def read_each(self, keys: Sequence[str]) -> Iterable[Kept | None]:
        """Return objects in the order of their keys, read several at a time.

        :raises UnavailableError: if the store does not answer.
        """

    def write(self, key: str, data: bytes, *, replaces: str | None) -> bool:
        """Write an object, unless somebody else has done so meanwhile.

        :param replaces: ETag of the version that it replaces; None if there must be none yet.
        :return: False if that did not hold, and nothing was written.
        :raises UnavailableError: if the store does not take it.
        """

    def list_first(self, *, after: str = "", at_most: int) -> list[Listed]:
        """Return the first objects by their keys' alphabetical order.

        :param after: a key; what is not behind it is left out.
        :param at_most: how many, up to 1,000.
        :raises UnavailableError: if the store does not answer.
        """

    def list_each(self, prefixes: Sequence[str]) -> list[Listed]:
        """Return all objects whose keys begin with one of the prefixes, listed several at a time.

        :raises UnavailableError: if the store does not answer.
        """
