"""Shape bills of materials and their differences, for people and for programs. Prints nothing and looks for nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from rich.text import Text

from slipway.domain.bills import Bill, Change, Comparison, Group, Kind, Part

_SHOWN = 3
_SHOWN_LICENCES = 8
_SECURITY = "security updates"
_WIDTH = max(len(kind) for kind in Kind)
_STYLES = {
    Kind.CAME: "green",
    Kind.WENT: "red",
    Kind.UPGRADED: "",
    Kind.DOWNGRADED: "yellow",
    Kind.CHANGED: "",
}

type Json = dict[str, Any]


def summary(name: str, bill: Bill) -> Text:
    """Return in some lines what an image is made of.

    :param name: what the image is called.
    """
    counts = Counter(part.group for part in bill.parts)
    dated = sorted((part for part in bill.parts if part.released), key=lambda part: (part.released, part.name))
    licences = Counter(licence for part in bill.parts for licence in part.licences)
    unknown = sum(not part.licences for part in bill.parts)
    facts = {
        "bill": f"CycloneDX {bill.spec_version}, SHA-256 {bill.digest}",
        "system": bill.system or "not known",
        "base image": bill.base_image or "not known",
        "application": next((_named(part) for part in bill.parts if part.group is Group.APPLICATION), "not known"),
        "parts": ", ".join(f"{group} ({counts[group]})" for group in Group if counts[group]) or "none",
        "newest": ", ".join(f"{_named(part)} of {part.released}" for part in reversed(dated[-_SHOWN:])),
        "oldest": ", ".join(f"{_named(part)} of {part.released}" for part in dated[:_SHOWN]),
        "licences": _counted(licences) + (f"; not known of {unknown}" if unknown else ""),
    }
    width = max(map(len, facts))
    text = Text().append(f"image {name}\n", "bold")
    for fact, value in facts.items():
        if value:
            text.append(f"  {fact:{width}}  ", "dim").append(f"{value}\n")
    text.rstrip()
    return text


def differences(old: str, new: str, found: Comparison) -> Text:
    """Return in words what came, went and changed, what matters most first.

    :param old: what the old image is called.
    :param new: what the new one is called.
    """
    text = Text().append(f"from {old} to {new}\n", "bold")
    facts: tuple[tuple[str, Callable[[Bill], str]], ...] = (
        ("system", lambda bill: bill.system),
        ("base image", lambda bill: bill.base_image),
    )
    for fact, value_of in facts:
        before, after = value_of(found.old) or "not known", value_of(found.new) or "not known"
        if before != after:
            text.append(f"{fact}: {before} → {after}\n")
    for title, changes in _sections(found.changes):
        text.append(f"\n{title} ({len(changes)})\n", "bold")
        for change in changes:
            text.append(f"  {change.kind:{_WIDTH}}  ", _STYLES[change.kind]).append(f"{_described(change)}\n")
    text.append(f"\n{_total(found)}" if found.changes else _total(found))
    return text


def differences_as_json(old: str, new: str, found: Comparison) -> str:
    """Return `{"old", "new", "equal", "same", "changes": [{"kind", "group", "name", "from", "to", …}]}`."""
    report = {
        "old": _bill_as_json(old, found.old),
        "new": _bill_as_json(new, found.new),
        "equal": found.is_equal,
        "same": found.same,
        "changes": [_change_as_json(change) for change in found.changes],
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _named(part: Part) -> str:
    return f"{part.name} {part.version}".rstrip()


def _counted(names: Counter[str]) -> str:
    ordered = sorted(names.items(), key=lambda item: (-item[1], item[0]))
    more = f", and {len(ordered) - _SHOWN_LICENCES} others" if len(ordered) > _SHOWN_LICENCES else ""
    return ", ".join(f"{name} ({count})" for name, count in ordered[:_SHOWN_LICENCES]) + more


def _sections(changes: Sequence[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Yield a title and its changes: security first, then the groups; none that is empty."""
    sections: dict[str, list[Change]] = {title: [] for title in (_SECURITY, *Group)}
    for change in changes:
        sections[_SECURITY if change.is_security else change.part.group].append(change)
    yield from ((title, found) for title, found in sections.items() if found)


def _described(change: Change) -> str:
    old, new = change.old, change.new
    if old is None or new is None:
        return _named(change.part)
    if old.name != new.name:
        return f"{_named(old)} → {_named(new)}"
    if old.version == new.version:
        return f"{_named(new)}, the same version with other content"
    fixes = f"; its changelog names {_some(change.fixes)}" if change.fixes else ""
    return f"{new.name} {old.version or 'without a version'} → {new.version or 'without a version'}{fixes}"


def _some(names: Iterable[str]) -> str:
    every = list(names)
    more = f", and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _total(found: Comparison) -> str:
    if found.is_equal:
        return f"both are made of the same parts: {found.same}"
    counts = ", ".join(f"{found.counts[kind]} {kind}" for kind in Kind if found.counts[kind])
    return f"{counts or 'no part changed'}; the same in both: {found.same}"


def _bill_as_json(name: str, bill: Bill) -> Json:
    return {"name": name, "digest": bill.digest, "system": bill.system, "baseImage": bill.base_image or None}


def _change_as_json(change: Change) -> Json:
    return {
        "kind": change.kind,
        "group": change.part.group.name.lower(),
        "name": change.part.name,
        "from": change.old.version if change.old else None,
        "to": change.new.version if change.new else None,
        "oldName": change.old.name if change.old and change.old.name != change.part.name else None,
        "architecture": change.part.architecture or None,
        "security": change.is_security,
        "fixes": list(change.fixes),
    }
