"""How each strategy writes an entry, so that stores at the same time lose nothing and a repeated store does no harm.

`direct` writes where nothing is, and only ever puts an end off. `key_based` replaces. The others never write where
another entry is. Who gives an idempotency key, claims an address under it first, and finds it again when it asks again.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from contract.cache import Strategy
from lambda_src.cache_service.addresses import LEAVES, Address, claim_path
from lambda_src.cache_service.objects import CacheObject, ObjectStore
from lambda_src.shared.errors import Detail, InvalidInputError, UnavailableError

TRIES = 20
"""Of a conditional write. Each that fails means that another of the same content or claim has succeeded."""

CLAIM_SECONDS = 24 * 3600.0
"""For how long an idempotency key is remembered, if its entry does not end before: an entry that has ended, and may be
cleared away at any moment, is never written again."""


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


@dataclass(frozen=True)
class Writer:
    """Writes entries.

    :param now: returns seconds since 1970, UTC.
    :param unique: returns 32 hexadecimal digits that nobody can guess and that never come again.
    """

    objects: ObjectStore
    now: Callable[[], float]
    unique: Callable[[], str] = _unique

    def write(self, order: Order) -> Written:
        """Write an entry.

        :raises InvalidInputError: if the idempotency key was used for something else.
        :raises UnavailableError: if that is not possible now.
        """
        if order.strategy is Strategy.DIRECT:
            return self._write_once(order)
        item = CacheObject(order.data, order.content_type, self.now() + order.ttl_seconds)
        address = self._address(order)
        self.objects.put(address.path(order.namespace), item)
        return Written(address, item.expires_at)

    def _write_once(self, order: Order) -> Written:
        """Write content that may be there already; it is kept until the latest of the ends that were asked for.

        Ends are whole seconds, so that many who store the same at once nearly always mean the same end.
        """
        address = Address(order.strategy, order.key, order.digest)
        path = address.path(order.namespace)
        item = CacheObject(order.data, order.content_type, math.ceil(self.now() + order.ttl_seconds))
        for _try in range(TRIES):
            if self.objects.put_new(path, item):
                return Written(address, item.expires_at)
            kept = self.objects.get(path, fresh=True)
            if kept and kept.expires_at >= item.expires_at:
                return Written(address, kept.expires_at)
            if kept and self.objects.replace(path, item, kept.etag):
                return Written(address, item.expires_at)
        raise _busy()

    def _address(self, order: Order) -> Address:
        make_leaf = LEAVES.get(order.strategy)
        if make_leaf is None:
            return Address(order.strategy, order.key)
        address = Address(order.strategy, order.key, make_leaf(self.now(), self.unique()))
        return self._claimed(order, address) if order.idempotency_key else address

    def _claimed(self, order: Order, address: Address) -> Address:
        """Return the address that belongs to an idempotency key: this one if it is the first."""
        meant = "\0".join((order.strategy, order.key, order.idempotency_key))
        path = claim_path(order.namespace, hashlib.sha256(meant.encode()).hexdigest())
        text = json.dumps({"leaf": address.leaf, "digest": order.digest})
        claim = CacheObject(text.encode(), "application/json", self.now() + min(CLAIM_SECONDS, order.ttl_seconds))
        for _try in range(TRIES):
            if self.objects.put_new(path, claim):
                return address
            kept = self.objects.get(path, fresh=True)
            if kept and kept.expires_at > self.now():
                return Address(order.strategy, order.key, _leaf(kept, order))
            if kept and self.objects.replace(path, claim, kept.etag):
                return address
        raise _busy()


def _leaf(claim: CacheObject, order: Order) -> str:
    read: dict[str, str] = json.loads(claim.data)
    if read["digest"] == order.digest:
        return read["leaf"]
    problem = "this idempotency key was given for other content a moment ago; take a new one for each store"
    raise InvalidInputError("idempotency-key-reused", problem, [Detail("header.idempotency-key", problem)])


def _busy() -> UnavailableError:
    return UnavailableError("busy", "too many store the same at this moment; try again")
