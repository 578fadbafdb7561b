"""Keeps namespaces within their quotas: counts what they keep, and refuses a store that would be too much.

What counts is what lies in the bucket. It is counted by listing, and a container of the function goes by what it
counted until it is :data:`COUNT_SECONDS` old or has itself let in an eighth of what was left then. So containers that
count beside each other may together let in more than the quota: each at most an eighth of what was left when it last
counted, and one entry. Up to eight that count at the same time never exceed it by more than an entry each.

Entries that ended a while ago are cleared before a store is refused, of the strategies whose entries are never renewed;
those of the others might be stored again at the very moment, and wait for the bucket's lifecycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import ClassVar

from contract.cache import Strategy
from contract.quotas import Quota, Quotas
from lambda_src.cache_service.addresses import all_children_prefix
from lambda_src.cache_service.listing import Selection, heads, objects_below, walk
from lambda_src.cache_service.objects import Listed, ObjectStore
from lambda_src.shared.errors import Detail, ServiceError

COUNT_SECONDS = 60.0
"""How long a count counts while it leaves room: a namespace of 10,000 entries is listed in about a second."""

RECOUNT_SECONDS = 5.0
"""How old a count must be before it is made anew only to see whether a refused store now has room."""

SHARE = 8
"""The part of what was left at a count that may be let in before the next: one in so many."""

MOST_CLEARED = 500
"""Entries that are looked at in a count for such as have ended, the oldest first: about a second."""

CLEARED_AFTER_SECONDS = 600.0
"""How long ago an entry must have ended: until then, somebody may still repeat its store with its idempotency key."""

NEVER_RENEWED = (Strategy.TEMPORAL, Strategy.TEMPORAL_LATEST, Strategy.TEMPORAL_VERSIONED)


class QuotaError(ServiceError):
    """The namespace has no room for so much content.

    Not 429, which Lambda itself answers for a function that is called too often, so that callers stop calling for a
    while: here they may go on reading. Source: RFC 9110, section 15.5.14.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@dataclass
class _Account:
    """What a namespace keeps, as far as this container knows.

    :ivar entries: at the count; as many as the quota allows if counting stopped there.
    :ivar new_entries: let in by this container since.
    :ivar left_to_look_at: how many entries may still be looked at for such as have ended.
    """

    counted_at: float
    entries: int = 0
    size: int = 0
    new_entries: int = 0
    new_size: int = 0
    left_to_look_at: int = MOST_CLEARED

    def has_room(self, quota: Quota, size: int) -> bool:
        entries, used = self.entries + self.new_entries + 1, self.size + self.new_size + size
        return entries <= quota.entries and used <= quota.size

    def is_worn(self, quota: Quota) -> bool:
        """Return whether this container has let in its share of what was left."""
        entries_left, size_left = quota.entries - self.entries, quota.size - self.size
        return self.new_entries * SHARE > entries_left or self.new_size * SHARE > size_left

    def is_full(self, quota: Quota) -> bool:
        return self.entries >= quota.entries or self.size >= quota.size


@dataclass
class Accounts:
    """What is kept in each namespace that has a quota.

    :param objects: what keeps everything, and nothing that stands in front of it.
    :param now: returns seconds since 1970, UTC.
    """

    objects: ObjectStore
    quotas: Quotas
    now: Callable[[], float]
    _accounts: dict[str, _Account] = field(default_factory=dict, init=False)

    def admit(self, namespace: str, size: int) -> None:
        """Let an entry in before it is stored; it counts from now on, even if it is not stored then.

        :param size: bytes.
        :raises QuotaError: if the namespace has no room for it.
        :raises UnavailableError: if the store does not answer.
        """
        quota = self.quotas.of(namespace)
        if quota is None:
            return
        account = self._accounts.get(namespace)
        if account is None or self.now() - account.counted_at >= COUNT_SECONDS or account.is_worn(quota):
            account = self._count(namespace, quota, size)
        if not account.has_room(quota, size):
            # It may have counted replaced entries twice, and others may have deleted some.
            if account.new_entries or self.now() - account.counted_at >= RECOUNT_SECONDS:
                account = self._count(namespace, quota, size)
            if not account.has_room(quota, size):
                raise _refusal(namespace, quota, account, size)
        account.new_entries += 1
        account.new_size += size

    def _count(self, namespace: str, quota: Quota, size: int) -> _Account:
        """Count what is kept, up to the quota, and clear what has ended if there is no room for so many bytes."""
        account = self._accounts[namespace] = _Account(self.now())
        clearable: list[Listed] = []
        for listed, may_be_cleared in self._kept(namespace):
            account.entries += 1
            account.size += listed.size
            if may_be_cleared:
                clearable.append(listed)
            if account.is_full(quota):
                clearable = self._clear(account, clearable)
                if account.is_full(quota):
                    return account
        if not account.has_room(quota, size):
            self._clear(account, clearable)
        return account

    def _kept(self, namespace: str) -> Iterator[tuple[Listed, bool]]:
        """Yield what counts, and whether it can be cleared once it has ended; what can comes first."""
        for entry in walk(self.objects, Selection(namespace, NEVER_RENEWED)):
            yield entry.listed, True
        for entry in walk(self.objects, Selection(namespace, tuple(set(Strategy) - set(NEVER_RENEWED)))):
            yield entry.listed, False
        for listed in objects_below(self.objects, all_children_prefix(namespace)):
            yield listed, False

    def _clear(self, account: _Account, clearable: list[Listed]) -> list[Listed]:
        """Delete what has ended, among the oldest, and take it off the account; return what is left to look at."""
        clearable.sort(key=lambda listed: listed.modified_at)
        looked_at, rest = clearable[: account.left_to_look_at], clearable[account.left_to_look_at :]
        account.left_to_look_at -= len(looked_at)
        kept, latest = heads(self.objects, [listed.path for listed in looked_at]), self.now() - CLEARED_AFTER_SECONDS
        ended = [each for each, head in zip(looked_at, kept, strict=True) if head is None or head.expires_at <= latest]
        self.objects.delete([listed.path for listed in ended])
        account.entries -= len(ended)
        account.size -= sum(listed.size for listed in ended)
        return rest


def _refusal(namespace: str, quota: Quota, account: _Account, size: int) -> QuotaError:
    entries, used = account.entries + account.new_entries, account.size + account.new_size
    problem = (
        f"namespace {namespace!r} keeps {entries} entries of {quota.entries} and {used} bytes of {quota.size}, so "
        f"there is no room for one more of {size} bytes"
    )
    mend = "delete some by prefix, wait until the bucket clears what has ended, or raise cache.quotas and deploy"
    details = [
        Detail("path.namespace", "entries with this one", entries + 1, quota.entries),
        Detail("path.namespace", "bytes with this one", used + size, quota.size),
    ]
    return QuotaError("quota-exceeded", f"{problem}; {mend}", details)
