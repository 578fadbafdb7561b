"""Where entries lie: names that callers may choose, turned into names that cannot lead anywhere else.

An entry's `cache_id` is its address within its namespace and says all of it, so that no table of references can be lost
or be out of step, and a retrieve is one read. A path is the namespace and the parts of the id:

====================  ==========================================  =================================================
strategy              cache_id                                    path
====================  ==========================================  =================================================
`direct`              `direct.<key>.<digest>`                     `<namespace>/direct/<key>/<digest>`
`temporal`            `temporal.<key>.<Y>.<M>.<D>.<H>.<rest>`     `<namespace>/temporal/<key>/<Y>/<M>/<D>/<H>/<rest>`
`temporal_latest`,    `<strategy>.<key>.<age>-<random>`           `<namespace>/<strategy>/<key>/<age>-<random>`
`temporal_versioned`
`key_based`           `key_based.<key>`                           `<namespace>/key_based/<key>`
====================  ==========================================  =================================================

A key is quoted byte by byte: letters, digits and `-` stay, every other byte of its UTF-8 becomes `_` and two digits. So
no key has a dot or a slash left, two keys never meet, and the keys that begin alike lie beside each other. `_` alone
stands for no key. `<age>` counts down, so that the newest of a key comes first in a list.

Nothing of S3 here; what is written where is decided in :mod:`.logic` and its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from contract.cache import Strategy
from lambda_src.shared.errors import Detail, InvalidInputError
from lambda_src.shared.validation import check_name, shorten

NO_KEY = "_"

LONGEST_KEY = 640
"""Characters of a key as it is quoted, so that with all around it a path stays below S3's 1,024 bytes."""

LONGEST_CHILD_NAME = 128
"""The same of the name of something that is kept under an entry."""

_NAMESPACE = re.compile(r"[a-z0-9-]{1,63}")
_HASH = re.compile(r"[0-9a-f]{16}")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
_QUOTED = re.compile(r"_([0-9A-F]{2})")

_NEWEST_FIRST = 10**16 - 1
"""Microseconds since 1970 in the year 2286: the most that 16 digits can count down from."""

_COUNTED_DOWN = re.compile(r"[0-9]{16}-[0-9a-f]{32}")
_LEAVES = {
    Strategy.DIRECT: re.compile(r"[0-9a-f]{64}"),
    Strategy.TEMPORAL: re.compile(r"[0-9]{4}\.[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{10}-[0-9a-f]{32}"),
    Strategy.TEMPORAL_LATEST: _COUNTED_DOWN,
    Strategy.TEMPORAL_VERSIONED: _COUNTED_DOWN,
    Strategy.KEY_BASED: re.compile(""),
}


@dataclass(frozen=True)
class Address:
    """Where an entry lies within its namespace.

    :param key: as the caller gave it; empty for none.
    :param leaf: what tells entries of one key apart, with dots between its parts; empty for `key_based`.
    """

    strategy: Strategy
    key: str
    leaf: str = ""

    @property
    def cache_id(self) -> str:
        """The entry's name for callers."""
        return ".".join(part for part in (self.strategy, quoted(self.key) or NO_KEY, self.leaf) if part)

    def path(self, namespace: str) -> str:
        """Return the name of the object that holds the entry."""
        return f"{namespace}/{self.cache_id.replace('.', '/')}"

    @classmethod
    def of_id(cls, cache_id: str, path: str = "path.cache_id") -> Address:
        """Read an id.

        :param path: where it stands in the request.
        :raises InvalidInputError: if no store can have given it out.
        """
        strategy, _, rest = cache_id.partition(".")
        key, _, leaf = rest.partition(".")
        if strategy in _STRATEGIES and _LEAVES[Strategy(strategy)].fullmatch(leaf):
            address = cls(Strategy(strategy), "" if key == NO_KEY else unquoted(key), leaf)
            # Only the one way of writing it: what the quoting would not have made, leads nowhere.
            if address.cache_id == cache_id and len(key) <= LONGEST_KEY and (address.key or strategy in KEYLESS):
                return address
        problem = "this is no cache_id that a store gives out"
        raise InvalidInputError("invalid-id", f"{problem}; see details", [Detail(path, problem, shorten(cache_id))])

    @classmethod
    def of_path(cls, namespace: str, path: str) -> Address | None:
        """Read the name of an object; None if it holds no entry of this namespace."""
        try:
            return cls.of_id(path.removeprefix(f"{namespace}/").replace("/", "."))
        except InvalidInputError:
            return None


_STRATEGIES = frozenset(Strategy)
KEYLESS = frozenset({Strategy.DIRECT, Strategy.TEMPORAL})
"""Strategies whose entries are found by their id alone, so that they need no key."""


def prefix_of(namespace: str, strategy: Strategy, key_prefix: str = "") -> str:
    """Return what the paths of the entries begin with whose keys begin so."""
    return f"{namespace}/{strategy}/{quoted(key_prefix)}"


def prefix_of_key(namespace: str, strategy: Strategy, key: str) -> str:
    """Return what the paths of the entries of exactly this key begin with."""
    return f"{namespace}/{strategy}/{quoted(key) or NO_KEY}/"


def marker_path(namespace: str, cache_hash: str, cache_id: str = "") -> str:
    """Return the name of the object that says that an entry has this hash.

    Without an id, what all of them begin with.
    """
    return f"{namespace}/hashes/{cache_hash}/{cache_id}"


def child_path(namespace: str, cache_id: str, parent_hash: str, name: str = "") -> str:
    """Return the name of the object that holds what is kept under an entry as long as it has this content.

    Without a name, what all of them begin with.
    """
    return f"{namespace}/children/{cache_id}/{parent_hash}/{quoted(name)}"


def children_prefix(namespace: str, address: Address) -> str:
    """Return what the paths of all children of an entry begin with, whatever it held when they were stored."""
    return f"{namespace}/children/{address.cache_id}/"


def all_children_prefix(namespace: str) -> str:
    """Return what the paths of all children in a namespace begin with."""
    return f"{namespace}/children/"


def children_prefix_of(namespace: str, strategy: Strategy, key_prefix: str) -> str:
    """Return what the paths of all children of the entries begin with whose keys begin so."""
    return f"{namespace}/children/{strategy}.{quoted(key_prefix)}"


def numbers_path(namespace: str, key: str) -> str:
    """Return the name of the object that says which version of a key has which number."""
    return f"{namespace}/numbers/{quoted(key)}"


def claim_path(namespace: str, digest: str) -> str:
    """Return the name of the object that says where a store that may be repeated has put its entry."""
    return f"{namespace}/claims/{digest}"


def temporal_leaf(now: float, unique: str) -> str:
    """Return the leaf of an entry that is stored now, below year, month, day and hour in UTC.

    :param now: seconds since 1970.
    :param unique: 32 hexadecimal digits that nobody can guess.
    """
    return f"{datetime.fromtimestamp(now, UTC):%Y.%m.%d.%H.%M%S%f}-{unique}"


def newest_first_leaf(now: float, unique: str) -> str:
    """Return the leaf of an entry that is stored now and comes before all that were stored earlier."""
    return f"{_NEWEST_FIRST - round(now * 1_000_000):016d}-{unique}"


LEAVES: dict[Strategy, Callable[[float, str], str]] = {
    Strategy.TEMPORAL: temporal_leaf,
    Strategy.TEMPORAL_LATEST: newest_first_leaf,
    Strategy.TEMPORAL_VERSIONED: newest_first_leaf,
}
"""How the strategies by which each store makes an entry of its own tell them apart."""


def quoted(text: str) -> str:
    """Return a text in letters, digits, `-` and `_`; a text that begins like another begins like that one's, too."""
    return "".join(chr(byte) if byte in _PLAIN else f"_{byte:02X}" for byte in text.encode())


def unquoted(text: str) -> str:
    """Return what :func:`quoted` made this of; nothing if it did not."""
    plain = _QUOTED.sub(lambda found: chr(int(found[1], 16)), text)
    try:
        return plain.encode("latin-1").decode()
    except UnicodeError:
        return ""


def check_namespace(namespace: str) -> str:
    """Return the name of a namespace, if it is one.

    :raises InvalidInputError: if it is not.
    """
    return check_name("path.namespace", namespace, _NAMESPACE)


def check_hash(cache_hash: str) -> str:
    """Return a content's hash, if it is one.

    :raises InvalidInputError: if it is not.
    """
    return check_name("path.cache_hash", cache_hash, _HASH)


def check_strategy(strategy: str) -> Strategy:
    """Return a strategy by its name.

    :raises InvalidInputError: if there is none of that name.
    """
    if strategy in _STRATEGIES:
        return Strategy(strategy)
    problem = "there is no such strategy"
    detail = Detail("path.strategy", problem, shorten(strategy), ", ".join(Strategy))
    raise InvalidInputError("unknown-strategy", f"{problem}; see details for those that there are", [detail])


def check_key(key: str, path: str = "path.key", longest: int = LONGEST_KEY) -> str:
    """Return a key or the beginning of one, if it can be part of an address.

    :param path: where it stands in the request.
    :param longest: how many characters it may have as it is quoted.
    :raises InvalidInputError: if it is too long, or is no text: half of a surrogate pair has no UTF-8.
    """
    try:
        length = len(quoted(key))
    except UnicodeEncodeError:
        problem = "this is no text that UTF-8 could write"
        raise InvalidInputError("invalid-name", f"the key {problem}", [Detail(path, problem)]) from None
    if length <= longest:
        return key
    problem = "the value is too long: all but a-z, A-Z, 0-9 and - counts three for each byte of its UTF-8"
    detail = Detail(path, problem, shorten(key), longest)
    raise InvalidInputError("invalid-name", f"the key counts {length} and may count {longest}; see details", [detail])
