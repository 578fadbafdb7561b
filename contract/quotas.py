"""How much a namespace of the cache may keep, as it travels from the configuration to the cache service.

All quotas stand in one environment variable, in few characters, since AWS lets 4 KB through for all variables together:
`*=1000/10000,shop=50/200` says megabytes and entries by namespace, with `*` for those that are not named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contract.routes import CACHE_NAMESPACE

MEGABYTE = 1024 * 1024

OTHERS = "*"
"""Stands for every namespace that is not named, except for the proxy's own."""

LONGEST_TEXT = 400
"""Characters of all quotas together."""

_ONE = re.compile(r"([a-z0-9-]{1,63}|\*)=([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


@dataclass(frozen=True)
class Quota:
    """Most that a namespace may keep at a time.

    :param megabytes: size of all its entries together, in units of 1,048,576 bytes.
    :param entries: number of its entries.
    """

    megabytes: int
    entries: int

    @property
    def size(self) -> int:
        """Bytes of all entries together."""
        return self.megabytes * MEGABYTE


@dataclass(frozen=True)
class Quotas:
    """The quotas of all namespaces.

    :param named: by namespace.
    :param others: of each namespace that is not named; none for no bound.
    """

    named: Mapping[str, Quota]
    others: Quota | None

    def of(self, namespace: str) -> Quota | None:
        """Return what a namespace may keep; None for as much as it likes.

        The proxy's namespace has a quota only if it is named: pages are as many as people look at, and they expire.
        """
        return self.named.get(namespace, None if namespace == CACHE_NAMESPACE else self.others)

    def to_text(self) -> str:
        """Return the value of the environment variable."""
        others = {OTHERS: self.others} if self.others else {}
        every = {**others, **dict(sorted(self.named.items()))}
        return ",".join(f"{name}={quota.megabytes}/{quota.entries}" for name, quota in every.items())

    @classmethod
    def from_text(cls, text: str) -> Quotas:
        """Read the value of the environment variable; nothing is no quota at all.

        :raises ValueError: if it is not what :meth:`to_text` returns.
        """
        found: dict[str, Quota] = {}
        for part in text.split(",") if text else ():
            match = _ONE.fullmatch(part)
            if match is None or match[1] in found:
                raise ValueError(f"{part!r} is no quota, or the second of its namespace; write namespace=MB/entries")
            found[match[1]] = Quota(int(match[2]), int(match[3]))
        others = found.pop(OTHERS, None)
        return cls(found, others)
