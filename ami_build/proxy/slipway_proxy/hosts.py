"""Which hosts may be reached, by their names. What a name resolves to is the business of `guard`.

All spellings of a name count as one, and an address that stands for a name counts as none: rules about names cannot be
got around by writing a name differently or by leaving it out.
"""

from __future__ import annotations

import re
import socket
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from slipway_proxy.guard import parse

WILDCARD = "*."
NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
LONGEST_QUOTE = 80
# Of what a client writes: enough for every name (RFC 1035) in whatever letters, and not for filling our memory.
LONGEST_NAME = 1024
MOST_NAMES_REMEMBERED = 4096


class HostRules:
    """Decides on names. Without any rule all are allowed, addresses too.

    :param allowed: names, or `*.` and a name for all below it, in lower case and ASCII; none means all.
    :param blocked: likewise; these are refused though they are allowed.
    """

    def __init__(self, allowed: Iterable[str] = (), blocked: Iterable[str] = ()) -> None:
        self._allowed = frozenset(allowed)
        self._blocked = frozenset(blocked)

    def refusal(self, name: str) -> str | None:
        """Return why a host is refused, or None.

        :param name: as a client wrote it, without a port.
        """
        if not self._allowed and not self._blocked:
            return None
        plain = canonical(name)
        if plain is None:
            return f"{name[:LONGEST_QUOTE]!r} is no host name"
        if is_address(plain):
            return "only hosts that are named may be reached, and this is an address"
        if not self._blocked.isdisjoint(_rules_about(plain)):
            return "this host is blocked"
        if self._allowed and self._allowed.isdisjoint(_rules_about(plain)):
            return "this host is not among those that are allowed"
        return None


def canonical(name: str) -> str | None:
    """Return a name in lower case, in ASCII (IDNA) and without a final dot, or an address as it is; None if neither."""
    return _canonical(name) if len(name) <= LONGEST_NAME else None


@lru_cache(MOST_NAMES_REMEMBERED)
def _canonical(name: str) -> str | None:
    # As browsers do it, for example with full-width letters and the ideographic full stop (UTS 46).
    plain = unicodedata.normalize("NFKC", name).replace("\u3002", ".").lower().removesuffix(".")
    if is_address(plain):
        return plain
    try:
        ascii_name = plain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return ascii_name if NAME.fullmatch(ascii_name) else None


def is_address(name: str) -> bool:
    """Return whether a name is an IP address, in any notation that the system takes, such as `0x7f.1`."""
    try:
        parse(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        try:
            socket.inet_aton(name)
        except (OSError, ValueError):  # the latter for what is no text in C: a zero byte, half a surrogate pair
            return False
    return True


def _rules_about(name: str) -> Iterator[str]:
    """Yield the rules that would be about a name: its own, and those of all domains that it is below."""
    yield name
    while "." in name:
        name = name.partition(".")[2]
        yield WILDCARD + name
