"""Which generation of what stands in front of the store counts; whoever cannot clear the front lets a new one begin.

The name of the generation is an object in the store behind. Every reader goes by it for :data:`LEASE_SECONDS` and then
looks again. So once a new one has begun and that time is over, nobody reads anything of an older one any more.
Knows nothing of what stands in front.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from lambda_src.cache_service.objects import CacheObject, ObjectStore
from lambda_src.shared.errors import UnavailableError

PATH = "_front/generation"
"""Path of the object; no namespace can be called so."""

LEASE_SECONDS = 2.0
"""For how long a reader goes by a generation before it looks which one it is."""

SKEW_SECONDS = 0.5
"""How far apart the clocks of two functions may be; AWS keeps them within milliseconds."""

LONGEST_SECONDS = 12 * 3600.0
"""For how long anything may be kept in front; half of the day after which a bucket may forget a generation.

With the object that names it, a generation is forgotten, and the first one counts again.
"""


@dataclass(frozen=True)
class Generation:
    """One generation.

    :param name: empty for the first.
    :param began_at: seconds since 1970, UTC.
    """

    name: str = ""
    began_at: float = 0.0


@dataclass
class Generations:
    """Tells the generation and begins new ones.

    :param store: the store behind.
    :param now: returns seconds since 1970, UTC.
    :param sleep: waits for so many seconds.
    """

    store: ObjectStore
    now: Callable[[], float]
    sleep: Callable[[float], None]
    _held: Generation | None = field(default=None, init=False)
    _held_until: float = field(default=0.0, init=False)

    def current(self) -> Generation | None:
        """Return the generation to read and to keep by; None if it cannot be told."""
        now = self.now()
        if now >= self._held_until:
            try:
                self._held = self.look()
            except UnavailableError:
                return None
            # Counted from before it was read.
            self._held_until = now + LEASE_SECONDS
        return self._held

    def look(self) -> Generation | None:
        """Return the generation that counts at this moment; None if its object is there and cannot be read.

        With its key of KMS an object is lost, and which generation counts with it: to take that for the first one would
        bring back what was deleted since.

        :raises UnavailableError: if the store behind does not answer.
        """
        found = self.store.get(PATH, fresh=True)
        if found is None:
            return Generation()
        try:
            name, began_at = found.data.decode().split(" ")
            return Generation(name, float(began_at))
        except ValueError:
            return None

    def begin(self) -> None:
        """Let a new generation begin, and return when nobody goes by an older one any longer.

        :raises UnavailableError: if the store behind does not take it.
        """
        self.announce()
        self._outlast(Generation(began_at=self.now()))

    def announce(self) -> None:
        """Let a new generation begin; others may go by an older one for a little while.

        :raises UnavailableError: if the store behind does not take it.
        """
        now = self.now()
        made = Generation(uuid.uuid4().hex, now)
        text = f"{made.name} {made.began_at!r}".encode()
        self.store.put(PATH, CacheObject(text, "text/plain", now + 2 * LONGEST_SECONDS))
        self._held_until = 0.0

    def settle(self, cleared: Generation) -> None:
        """Return when nobody goes by any other generation than the one in which something was cleared.

        :param cleared: what :meth:`look` returned before that.
        :raises UnavailableError: if the store behind does not answer.
        """
        found = self.look()
        if found is None or found.name != cleared.name:
            self.begin()
        else:
            self._outlast(cleared)

    def _outlast(self, generation: Generation) -> None:
        left = generation.began_at + LEASE_SECONDS + SKEW_SECONDS - self.now()
        if left > 0:
            self.sleep(left)
