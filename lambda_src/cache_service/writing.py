"""How each strategy writes an entry, so that stores at the same time lose nothing and a repeated store does no harm.

`direct` writes where nothing is, and only ever puts an end off. `key_based` replaces. The others never write where
another entry is. Who gives an idempotency key, claims an address and an end under it first, and finds both again when
it asks again. Only what is new is subject to a quota.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from contract.cache import Strategy
from lambda_src.cache_service.addresses import LEAVES, Address, claim_path
from lambda_src.cache_service.objects import CacheObject, ObjectStore
from lambda_src.shared.errors import Detail, InvalidInputError, UnavailableError

TRIES = 20
"""Of a conditional write. Each that fails means that another of the same content or claim has succeeded."""

LONGEST_PAUSE_SECONDS = 0.05
"""Before a further try: a random part of it, so that many who have met do not meet again."""

CLAIM_SECONDS = 24 * 3600.0
"""For how long an idempotency key is remembered, if its entry does not end before: an entry that has ended, and may be
cleared away at any moment, is never written again."""

type Admit = Callable[[str, int, str], None]
"""Lets so many bytes more into a namespace, or raises an error; called with the path of what they replace, if any."""


@dataclass(frozen=True)
class Order:
    """What is to be stored.

    :param key: empty for none.
    :param idempotency_key: what the caller calls this store, to be able to repeat it; empty for nothing.
    """

    namespace: str
    strategy: Strategy
    key: str
    data: bytes
    content_type: str
    ttl_seconds: int
    idempotency_key: str = ""

    @property
    def digest(self) -> str:
        """Hash of content and type: two orders of one digest store the same."""
        return hashlib.sha256(self.content_type.encode() + b"\0" + self.data).hexdigest()


@dataclass(frozen=True)
class Written:
    """Where an entry was written, and until when it is kept, in seconds since 1970."""

    address: Address
    expires_at: float


def _unique() -> str:
    return uuid.uuid4().hex


def _pause() -> None:
    time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))  # noqa: S311 - no secret


def let_in(_namespace: str, _size: int, _replaces: str) -> None:
    """Let everything in."""


@dataclass(frozen=True)
class Writer:
    """Writes entries.

    :param now: returns seconds since 1970, UTC.
    :param unique: returns 32 hexadecimal digits that nobody can guess and that never come again.
    :param admit: sees to quotas.
    :param pause: waits for a moment, each time another one.
    """

    objects: ObjectStore
    now: Callable[[], float]
    unique: Callable[[], str] = _unique
    admit: Admit = let_in
    pause: Callable[[], None] = _pause

    def write(self, order: Order) -> Written:
        """Write an entry.

        :raises InvalidInputError: if the idempotency key was used for something else.
        :raises ServiceError: if there is no room for it.
        :raises UnavailableError: if that is not possible now.
        """
        if order.strategy is Strategy.DIRECT:
            return self._write_once(order)
        written = self._place(order)
        item = CacheObject(order.data, order.content_type, written.expires_at)
        self.objects.put(written.address.path(order.namespace), item)
        return written

    def _write_once(self, order: Order) -> Written:
        """Write content that may be there already; it is kept until the latest of the ends that were asked for.

        Ends are whole seconds, so that many who store the same at once nearly always mean the same end.
        """
        address = Address(order.strategy, order.key, order.digest)
        path = address.path(order.namespace)
        item = CacheObject(order.data, order.content_type, math.ceil(self.now() + order.ttl_seconds))
        for attempt in range(TRIES):
            kept = self.objects.head(path, readable=True)
            if kept and kept.expires_at >= item.expires_at:
                return Written(address, kept.expires_at)
            if kept is None and attempt == 0:
                self.admit(order.namespace, len(order.data), "")
            if self.objects.replace(path, item, kept.etag) if kept else self.objects.put_new(path, item):
                return Written(address, item.expires_at)
            self.pause()
        raise _busy()

    def _place(self, order: Order) -> Written:
        """Return where an entry is to be written that is subject to nothing but its quota, and until when."""
        end = self.now() + order.ttl_seconds
        make_leaf = LEAVES.get(order.strategy)
        if make_leaf is None:
            address = Address(order.strategy, order.key)
            self.admit(order.namespace, len(order.data), address.path(order.namespace))
            return Written(address, end)
        wanted = Written(Address(order.strategy, order.key, make_leaf(self.now(), self.unique())), end)
        if order.idempotency_key:
            return self._claimed(order, wanted)
        self.admit(order.namespace, len(order.data), "")
        return wanted

    def _claimed(self, order: Order, wanted: Written) -> Written:
        """Return what belongs to an idempotency key: this if it is the first."""
        meant = "\0".join((order.strategy, order.key, order.idempotency_key))
        path = claim_path(order.namespace, hashlib.sha256(meant.encode()).hexdigest())
        told = {"leaf": wanted.address.leaf, "expires_at": wanted.expires_at, "digest": order.digest}
        end = min(wanted.expires_at, self.now() + CLAIM_SECONDS)
        claim = CacheObject(json.dumps(told).encode(), "application/json", end)
        for attempt in range(TRIES):
            kept = self.objects.get(path, fresh=True)
            if kept and kept.expires_at > self.now():
                return _read(kept, order)
            if attempt == 0:
                self.admit(order.namespace, len(order.data), "")
            if self.objects.replace(path, claim, kept.etag) if kept else self.objects.put_new(path, claim):
                return wanted
            self.pause()
        raise _busy()


def _read(claim: CacheObject, order: Order) -> Written:
    told = json.loads(claim.data)
    if told["digest"] == order.digest:
        return Written(Address(order.strategy, order.key, told["leaf"]), told["expires_at"])
    problem = "this idempotency key was given for other content a moment ago; take a new one for each store"
    raise InvalidInputError("idempotency-key-reused", problem, [Detail("header.idempotency-key", problem)])


def _busy() -> UnavailableError:
    return UnavailableError("busy", "too many store the same at this moment; try again")
