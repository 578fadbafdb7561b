"""Keeps cache entries in Valkey, in front of the store that keeps them for good.

Whatever happens to Valkey, nobody who calls notices more than that it takes longer: what it does not answer, the store
behind it does, and after a failure it is left alone for a while. An entry ends in both at the same moment.

If Valkey fails just when an entry is replaced, it may go on answering with the entry before, until that one's end. For
pages this makes no difference: the proxy's keys hold the hash of the page, so a key always stands for the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from valkey import Valkey
from valkey.backoff import NoBackoff
from valkey.exceptions import ConnectionError as NotConnectedError
from valkey.exceptions import ValkeyError
from valkey.retry import Retry

from lambda_src.cache_service.logic import CacheObject, ObjectStore

CONNECT_TIMEOUT_SECONDS = 0.3
READ_TIMEOUT_SECONDS = 0.2
"""Valkey answers within a millisecond or two; waiting longer for it than S3 takes makes no sense."""

PAUSE_SECONDS = 5.0
"""For how long Valkey is not asked after a failure, so that not every request waits for it."""


@dataclass
class ValkeyFront:
    """An :class:`~lambda_src.cache_service.logic.ObjectStore` that Valkey answers for where it can.

    :param behind: keeps everything.
    :param now: returns seconds since 1970, UTC.
    :param failed: called with what went wrong when Valkey is given up for a while.
    """

    client: Valkey
    behind: ObjectStore
    now: Callable[[], float]
    failed: Callable[[str], None]
    _silent_until: float = field(default=0.0, init=False)

    def put(self, path: str, item: CacheObject) -> None:
        """Write an object, for good first.

        :raises UnavailableError: if the store behind does not take it.
        """
        self.behind.put(path, item)
        self._remember(path, item)

    def get(self, path: str) -> CacheObject | None:
        """Read an object, and have Valkey answer the next time if it did not.

        :raises UnavailableError: if neither Valkey nor the store behind answers.
        """
        item = self._recall(path)
        if item is None:
            item = self.behind.get(path)
            if item is not None:
                self._remember(path, item)
        return item

    def _recall(self, path: str) -> CacheObject | None:
        value = self._ask(lambda: self.client.get(path))
        return decoded(value) if isinstance(value, bytes) else None

    def _remember(self, path: str, item: CacheObject) -> None:
        if item.expires_at > self.now():
            self._ask(lambda: self.client.set(path, encoded(item), pxat=int(item.expires_at * 1000)))

    def _ask(self, command: Callable[[], object]) -> object:
        """Return Valkey's answer, or None if it has failed, now or a moment ago."""
        if self.now() < self._silent_until:
            return None
        try:
            return command()
        except ValkeyError as error:
            self._silent_until = self.now() + PAUSE_SECONDS
            self.failed(f"{type(error).__name__}: {error}")
            return None


def encoded(item: CacheObject) -> bytes:
    """Return an object as one value: its end and its type in a line each, then its bytes."""
    return f"{item.expires_at!r}\n{item.content_type}\n".encode() + item.data


def decoded(value: bytes) -> CacheObject | None:
    """Return the object that a value holds; None if it is none of ours."""
    try:
        end, content_type, data = value.split(b"\n", 2)
        return CacheObject(data, content_type.decode(), float(end))
    except ValueError:
        return None


def valkey_client(endpoint: str, *, tls: bool = True) -> Valkey:
    """Return a client with short timeouts, which connects when it is first used.

    A connection that has ended while the function was frozen is opened again, once for each command.

    :param endpoint: `host:port`.
    :param tls: speak TLS, to a server whose certificate is for that host and trusted by this machine.
    """
    host, _, port = endpoint.rpartition(":")
    return Valkey(
        host=host,
        port=int(port),
        ssl=tls,
        ssl_check_hostname=tls,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        socket_timeout=READ_TIMEOUT_SECONDS,
        retry_on_error=[NotConnectedError],
        retry=Retry(NoBackoff(), 1, supported_errors=(NotConnectedError,)),
    )
