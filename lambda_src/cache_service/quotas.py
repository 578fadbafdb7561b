"""Keeps namespaces within their quotas: counts what they keep, and refuses a store that would be too much.

What counts is what lies in the bucket. It is counted by listing, and a container of the function goes by what it
counted until it is :data:`COUNT_SECONDS` old, or has itself let in an eighth of what was left then and is
:data:`RECOUNT_SECONDS` old. So containers that count beside each other may together let in more than the quota: each
at most an eighth of what was left when it last counted and one entry, or what it stores in five seconds if that is
more, and never more than was left. What takes the place of something counts by what it is larger.

What ended a while ago is cleared before a store is refused, if it still is what was looked at: so nothing goes that is
stored again at that moment.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import chain
from typing import ClassVar

from contract.quotas import Quota, Quotas
from lambda_src.cache_service.addresses import all_children_prefix
from lambda_src.cache_service.listing import CLEARED_AFTER_SECONDS, Selection, heads, objects_below, walk
from lambda_src.cache_service.objects import Listed, ObjectStore
from lambda_src.shared.errors import Detail, ServiceError

COUNT_SECONDS = 60.0
"""How long a count counts while it leaves room: a namespace of 10,000 entries is listed in about a second."""

RECOUNT_SECONDS = 5.0
"""How old a count must be before it is made anew, whatever was let in since: else, near the quota, each store would."""

SHARE = 8
"""The part of what was left at a count that may be let in before the next: one in so many."""

MOST_CLEARED = 500
"""Entries that are looked at after a count for such as have ended: about a second.

Half of them are the oldest, and half are any: where old ones are kept for long, what has ended is among the others.
"""


class QuotaError(ServiceError):
    """The namespace has no room for so much content.

    Not 429, which Lambda itself answers for a function that is called too often, so that callers stop calling for a
    while: here they may go on reading. Source: RFC 9110, section 15.5.14.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@dataclass(frozen=True)
class _New:
    """What an object adds to a namespace; its bytes may be fewer than those that it replaces."""

    entries: int
    size: int


@dataclass
class _Account:
    """What a namespace keeps, as far as this container knows.

    :ivar entries: at the count; as many as the quota allows if counting stopped there.
    :ivar new_entries: let in by this container since.
    """

    counted_at: float
    entries: int = 0
    size: int = 0
    new_entries: int = 0
    new_size: int = 0

    def has_room(self, quota: Quota, new: _New) -> bool:
        """Return whether this is within the quota; what adds nothing always is."""
        entries, used = self.entries + self.new_entries + new.entries, self.size + self.new_size + new.size
        return (not new.entries or entries <= quota.entries) and (new.size <= 0 or used <= quota.size)

    def is_old(self, now: float, quota: Quota) -> bool:
        """Return whether this container has gone by it for long, or has let in its share of what was left."""
        entries_left, size_left = quota.entries - self.entries, quota.size - self.size
        is_worn = self.new_entries * SHARE > entries_left or self.new_size * SHARE > size_left
        return is_worn or now - self.counted_at >= COUNT_SECONDS

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

    def admit(self, namespace: str, size: int, replaces: str = "") -> None:
        """Let an object in before it is written; it counts from now on, even if it is not written then.

        :param size: bytes.
        :param replaces: path of what it takes the place of, if that is there.
        :raises QuotaError: if the namespace has no room for it.
        :raises UnavailableError: if the store does not answer.
        """
        quota = self.quotas.of(namespace)
        if quota is None:
            return
        former = self.objects.head(replaces) if replaces else None
        new = _New(0, size - former.size) if former else _New(1, size)
        account = self._accounts.get(namespace)
        if account is None or account.is_old(self.now(), quota) or not account.has_room(quota, new):
            account = self._counted(namespace, quota, new)
        if not account.has_room(quota, new):
            raise _refusal(namespace, quota, account, new)
        account.new_entries += new.entries
        account.new_size += new.size

    def _counted(self, namespace: str, quota: Quota, new: _New) -> _Account:
        """Count what is kept, unless that was done a moment ago; clear what has ended if there is no room."""
        account = self._accounts.get(namespace)
        if account and self.now() - account.counted_at < RECOUNT_SECONDS:
            return account
        account, found = self._count(namespace, quota)
        if not account.has_room(quota, new) and self._clear(found):
            account, _ = self._count(namespace, quota)
        self._accounts[namespace] = account
        return account

    def _count(self, namespace: str, quota: Quota) -> tuple[_Account, list[Listed]]:
        """Count what is kept, up to the quota, and return that, too."""
        account, found = _Account(self.now()), list[Listed]()
        entries = (entry.listed for entry in walk(self.objects, Selection(namespace)))
        for listed in chain(entries, objects_below(self.objects, all_children_prefix(namespace))):
            account.entries += 1
            account.size += listed.size
            found.append(listed)
            if account.is_full(quota):
                break
        return account, found

    def _clear(self, found: list[Listed]) -> bool:
        """Delete what has ended, among some; return whether there was anything of the kind."""
        found.sort(key=lambda listed: listed.modified_at)
        oldest, others = found[: MOST_CLEARED // 2], found[MOST_CLEARED // 2 :]
        some = oldest + random.sample(others, min(len(others), MOST_CLEARED // 2))
        latest = self.now() - CLEARED_AFTER_SECONDS
        known = zip(some, heads(self.objects, [listed.path for listed in some]), strict=True)
        ended = [(listed.path, head.etag) for listed, head in known if head and head.expires_at <= latest]
        self.objects.discard(ended)
        return bool(ended)


def _refusal(namespace: str, quota: Quota, account: _Account, new: _New) -> QuotaError:
    entries, used = account.entries + account.new_entries, account.size + account.new_size
    problem = (
        f"namespace {namespace!r} keeps {entries} entries of {quota.entries} and {used} bytes of {quota.size}, so "
        f"there is no room for {new.size} bytes more{' in another entry' if new.entries else ''}"
    )
    mend = (
        f"delete some by prefix (which is noticed within {RECOUNT_SECONDS:.0f} seconds), wait until the bucket clears "
        "what has ended, or raise cache.quotas and deploy"
    )
    details = [
        Detail("path.namespace", "entries with this one", entries + new.entries, quota.entries),
        Detail("path.namespace", "bytes with this one", used + new.size, quota.size),
    ]
    return QuotaError("quota-exceeded", f"{problem}; {mend}", details)
