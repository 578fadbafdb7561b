"""Compare two bills of materials part by part. Knows no format, and words nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from slipway.domain.bills import Bill, Change, Comparison, Group, Kind, Part
from slipway.engine.bills.ordering import is_newer

_KERNEL = re.compile(r"(?<=-)\d+\.\d+\.\d+[-+][0-9a-z.+]+(?=-|$)")
"""The version in the name of a kernel's package: each new kernel is another package, and yet the same part."""

_GROUPS = list(Group)


def compare(old: Bill, new: Bill) -> Comparison:
    """Return what is different in the new one."""
    before, after = _by_name(old.parts), _by_name(new.parts)
    changes: list[Change] = []
    same = 0
    for name in before.keys() | after.keys():
        gone, come = list(before.get(name, [])), list(after.get(name, []))
        for part in list(gone):
            if twin := next((other for other in come if _are_same(part, other)), None):
                gone.remove(part)
                come.remove(twin)
                same += 1
        changes += _changes(gone, come)
    return Comparison(old, new, tuple(sorted(changes, key=_place_in_line)), same)


def _by_name(parts: Iterable[Part]) -> dict[tuple[Group, str], list[Part]]:
    """Return the parts that may be one another's successors."""
    found: dict[tuple[Group, str], list[Part]] = {}
    for part in parts:
        name = _KERNEL.sub("*", part.name) if part.name.startswith("linux-") else part.name
        found.setdefault((part.group, name), []).append(part)
    return found


def _are_same(one: Part, other: Part) -> bool:
    """Tell whether two parts are the same thing; a hash that is not known tells nothing."""
    hashes = {part.sha256 for part in (one, other) if part.sha256}
    return (one.version, one.architecture) == (other.version, other.architecture) and len(hashes) <= 1


def _changes(gone: list[Part], come: list[Part]) -> Iterator[Change]:
    for old in list(gone):
        for new in [part for part in come if part.architecture == old.architecture][:1]:
            gone.remove(old)
            come.remove(new)
            yield _change(old, new)
    if len(gone) == len(come) == 1:
        yield _change(gone.pop(), come.pop())
    yield from (Change(Kind.WENT, part, None) for part in gone)
    yield from (Change(Kind.CAME, None, part) for part in come)


def _change(old: Part, new: Part) -> Change:
    kind = {True: Kind.UPGRADED, False: Kind.DOWNGRADED, None: Kind.CHANGED}[
        is_newer(new.group, new.version, old.version)
    ]
    fixes = tuple(sorted(new.fixes - old.fixes)) if kind is Kind.UPGRADED else ()
    return Change(kind, old, new, fixes)


def _place_in_line(change: Change) -> tuple[bool, int, str, str, str]:
    part = change.part
    return not change.is_security, _GROUPS.index(part.group), part.name, part.version, part.architecture
