"""Keeps cache entries in Valkey, in front of the store that keeps them for good.

Whatever happens to Valkey, nobody who calls notices more than that it takes longer: what it does not answer, the store
behind it does, and after a failure it is left alone for a while. What it answers counts only if it is, byte for byte,
what was kept under that very path; so no garbage becomes a page, and no page another's.

Nothing that has been deleted comes back, as three rules see to:

- Only what never changes under its path is kept here at all (:func:`is_lasting`); the rest is read through.
- Who deletes puts a tombstone here first, which nobody who had read the entry before can write over.
- Who cannot, because Valkey does not answer, leaves all that is in it behind and lets a new generation begin
  (:mod:`.generations`).

What no client can see: a Valkey that takes a tombstone and fails, and is replaced by a copy from the moment before.
What that brings back ends when it would have ended, twelve hours after it was kept at the latest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from valkey import Valkey
from valkey.backoff import NoBackoff
from valkey.exceptions import ConnectionError as NotConnectedError
from valkey.retry import Retry

from contract.cache import Strategy
from contract.routes import CACHE_NAMESPACE
from lambda_src.cache_service.generations import LONGEST_SECONDS, Generation, Generations
from lambda_src.cache_service.objects import MOST_LISTED, CacheObject, Head, Listing, ObjectStore

CONNECT_TIMEOUT_SECONDS = 0.3
READ_TIMEOUT_SECONDS = 0.2
"""Valkey answers within a millisecond or two; waiting longer for it than S3 takes makes no sense."""

PAUSE_SECONDS = 5.0
"""For how long Valkey is not asked after a failure, so that not every request waits for it."""

TOMBSTONE = b"-"
TOMBSTONE_SECONDS = 60
"""How long it stands: longer than anybody takes from reading an entry to keeping it here."""

_DIGEST_BYTES = 16

_KEEP_UNLESS_DELETED = f"""
if redis.call('STRLEN', KEYS[1]) == {len(TOMBSTONE)} then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PXAT', ARGV[2])
return 1
"""
"""Serverless caches run scripts, too.

Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SupportedCommands.html
"""

_NEVER_CHANGED = frozenset(Strategy) - {Strategy.KEY_BASED}


@dataclass
class ValkeyFront:
    """An :class:`~lambda_src.cache_service.objects.ObjectStore` that Valkey answers for where it can.

    :param behind: keeps everything.
    :param now: returns seconds since 1970, UTC.
    :param generations: tells what of Valkey counts.
    :param failed: called with what went wrong when Valkey is given up for a while.
    """

    client: Valkey
    behind: ObjectStore
    now: Callable[[], float]
    generations: Generations
    failed: Callable[[str], None]
    _silent_until: float = field(default=0.0, init=False)

    def put(self, path: str, item: CacheObject) -> None:
        """Write an object, for good first.

        :raises UnavailableError: if the store behind does not take it.
        """
        generation = self._current(path)
        self.behind.put(path, item)
        self._remember(generation, path, item)

    def put_new(self, path: str, item: CacheObject) -> bool:
        """Write an object if there is none, for good first.

        :raises UnavailableError: if the store behind does not take it.
        """
        generation = self._current(path)
        is_new = self.behind.put_new(path, item)
        if is_new:
            self._remember(generation, path, item)
        return is_new

    def replace(self, path: str, item: CacheObject, etag: str) -> bool:
        """Write an object if it is still the one with this ETag, for good first.

        :raises UnavailableError: if the store behind does not take it.
        """
        generation = self._current(path)
        is_replaced = self.behind.replace(path, item, etag)
        if is_replaced:
            self._remember(generation, path, item)
        return is_replaced

    def get(self, path: str, *, fresh: bool = False) -> CacheObject | None:
        """Read an object, and have Valkey answer the next time if it did not.

        :raises UnavailableError: if neither Valkey nor the store behind answers.
        """
        # Before the object is read: who deletes it meanwhile, and cannot reach Valkey, names another.
        generation = None if fresh else self._current(path)
        item = self._recall(generation, path)
        if item is None:
            item = self.behind.get(path, fresh=fresh)
            if item is not None:
                self._remember(generation, path, item)
        return item

    def head(self, path: str, *, readable: bool = False) -> Head | None:
        """Read an object without its bytes, from the store behind.

        :raises UnavailableError: if that does not answer.
        """
        return self.behind.head(path, readable=readable)

    def list(self, prefix: str, *, after: str = "", limit: int = MOST_LISTED) -> Listing:
        """List objects, from the store behind.

        :raises UnavailableError: if that does not answer.
        """
        return self.behind.list(prefix, after=after, limit=limit)

    def delete(self, paths: Sequence[str]) -> None:
        """Delete objects; nobody reads them any more afterwards, not even those of them that went before it failed.

        :raises UnavailableError: if the store behind does not take it; it has to be asked again then.
        """
        lasting = [path for path in paths if is_lasting(path)]
        if not lasting:
            self.behind.delete(paths)
            return
        generation = self.generations.look()
        is_buried = generation is not None and self._bury(generation, lasting)
        if not is_buried:
            # Before anything goes: who has deleted some of it, and ends here, leaves nothing of it in front. Whoever
            # asks again does not find those any more, and so cannot clear them either.
            self.generations.announce()
        try:
            self.behind.delete(paths)
        finally:
            if generation is not None and is_buried:
                self.generations.settle(generation)
            else:
                # Who has read before they went, and after the new generation began, may have kept them in it.
                self.generations.begin()

    def discard(self, useless: Sequence[tuple[str, str]]) -> None:
        """Delete what has ended, and so is not in Valkey any more, from the store behind.

        :raises UnavailableError: if that does not take it.
        """
        self.behind.discard(useless)

    def _bury(self, generation: Generation, paths: Sequence[str]) -> bool:
        """Put tombstones on objects; return whether all of them stand."""

        def bury() -> object:
            with self.client.pipeline(transaction=False) as pipeline:
                for path in paths:
                    pipeline.set(_name(generation, path), TOMBSTONE, ex=TOMBSTONE_SECONDS)
                return pipeline.execute()  # type: ignore[no-untyped-call]

        return self._ask(bury) == [True] * len(paths)

    def _current(self, path: str) -> Generation | None:
        """Return the generation to go by; None if Valkey is not to be asked for this path, or not now."""
        return None if self._is_silent() or not is_lasting(path) else self.generations.current()

    def _recall(self, generation: Generation | None, path: str) -> CacheObject | None:
        if generation is None:
            return None
        name = _name(generation, path)
        value = self._ask(lambda: self.client.get(name))
        if value is None or value == TOMBSTONE:
            return None
        item = decoded(name, value) if isinstance(value, bytes) else None
        if item is None:
            # Nobody knows what else this connection would say.
            self.client.connection_pool.disconnect()
        return item

    def _remember(self, generation: Generation | None, path: str, item: CacheObject) -> None:
        now = self.now()
        if generation is None or item.expires_at <= now:
            return
        name, end = _name(generation, path), min(item.expires_at, now + LONGEST_SECONDS)
        value, until = encoded(name, item), int(end * 1000)
        command = ("EVAL", _KEEP_UNLESS_DELETED, 1, name, value, until)
        self._ask(lambda: self.client.execute_command(*command))  # type: ignore[no-untyped-call]

    def _is_silent(self) -> bool:
        return self.now() < self._silent_until

    def _ask(self, command: Callable[[], object]) -> object:
        """Return Valkey's answer, or None if it has failed, now or a moment ago."""
        if self._is_silent():
            return None
        try:
            return command()
        except Exception as error:
            # What is no answer in Valkey's own protocol comes out of the library as any error there is. Nothing that
            # follows it on the same connection could be told apart from it either.
            self._silent_until = self.now() + PAUSE_SECONDS
            self.client.connection_pool.disconnect()
            self.failed(f"{type(error).__name__}: {error}")
            return None


def is_lasting(path: str) -> bool:
    """Return whether what lies at a path never changes: its end may come later, and it may go, and that is all.

    The proxy's keys hold the hash of the page, so that in its namespace a key always stands for the same.
    """
    namespace, _, rest = path.partition("/")
    strategy = rest.partition("/")[0]
    return strategy in _NEVER_CHANGED or (namespace == CACHE_NAMESPACE and strategy == Strategy.KEY_BASED)


def encoded(name: str, item: CacheObject) -> bytes:
    """Return an object as one value: a digest of the rest, its end and its type in a line each, then its bytes.

    :param name: what it is kept under.
    """
    body = f"{item.expires_at!r}\n{item.content_type}\n".encode() + item.data
    return _digest(name, body) + body


def decoded(name: str, value: bytes) -> CacheObject | None:
    """Return the object that a value holds; None if it is not exactly one that was kept under this name."""
    digest, body = value[:_DIGEST_BYTES], value[_DIGEST_BYTES:]
    if digest != _digest(name, body):
        return None
    end, content_type, data = body.split(b"\n", 2)
    return CacheObject(data, content_type.decode(), float(end))


def valkey_client(
    endpoint: str,
    *,
    tls: bool = True,
    connect_seconds: float = CONNECT_TIMEOUT_SECONDS,
    read_seconds: float = READ_TIMEOUT_SECONDS,
) -> Valkey:
    """Return a client with short timeouts, which connects when it is first used.

    A connection that has ended while the function was frozen is opened again, once for each command.

    :param endpoint: `host:port`.
    :param tls: speak TLS, to a server whose certificate is for that host and trusted by this machine.
    :param connect_seconds: how long to wait for a connection.
    :param read_seconds: how long to wait for an answer.
    """
    host, _, port = endpoint.rpartition(":")
    return Valkey(
        host=host,
        port=int(port),
        ssl=tls,
        ssl_check_hostname=tls,
        socket_connect_timeout=connect_seconds,
        socket_timeout=read_seconds,
        retry_on_error=[NotConnectedError],
        retry=Retry(NoBackoff(), 1, supported_errors=(NotConnectedError,)),
    )


def _name(generation: Generation, path: str) -> str:
    return f"{generation.name}/{path}"


def _digest(name: str, body: bytes) -> bytes:
    made = hashlib.blake2b(f"{len(name)}\n{name}".encode(), digest_size=_DIGEST_BYTES)
    made.update(body)
    return made.digest()
