"""Which images a lifecycle policy deletes, and which of their AMIs.

Source: EC2 Image Builder User Guide, "Lifecycle management rules"; rules by count and by age, with what they spare. An
AMI that is spared stays by itself: those of the same image in other regions go, and the image is kept with it, as
StartResourceStateUpdate in the API reference says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_UNITS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}


@dataclass(frozen=True)
class Ami:
    """An AMI of an image, in one region.

    :param tags: its own, not those of the image.
    :param launched: when an instance was last launched from it; None if never.
    :param shared: accounts that may launch it.
    """

    id: str
    region: str
    tags: Mapping[str, str]
    launched: datetime | None = None
    shared: frozenset[str] = frozenset()
    is_public: bool = False


@dataclass(frozen=True)
class Candidate:
    """An image that a policy may delete; one whose build has not ended well is none.

    :param created: when.
    :param recipe: name and version of the recipe it was built from, for example `proxy/1.0.3`.
    """

    arn: str
    created: datetime
    recipe: str
    tags: Mapping[str, str]
    amis: tuple[Ami, ...] = ()


def is_selected(selection: Mapping[str, Any], image: Candidate) -> bool:
    """Tell whether a policy is about an image.

    :param selection: the policy's `ResourceSelection`.
    """
    wanted = selection.get("TagMap") or {}
    if wanted:
        return all(image.tags.get(key) == value for key, value in wanted.items())
    return any(_is_of(image.recipe, recipe) for recipe in selection.get("Recipes") or [])


def _is_of(recipe: str, selected: Mapping[str, str]) -> bool:
    name, _, version = recipe.rpartition("/")
    numbers = zip(selected["SemanticVersion"].split("."), version.split("."), strict=True)
    return name == selected["Name"] and all(wanted in ("x", number) for wanted, number in numbers)


def doomed(detail: Mapping[str, Any], images: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """Return the images that one rule of a policy is to delete; see :func:`spared` for their AMIs.

    :param detail: one of the policy's `PolicyDetails`.
    :param images: all that the policy is about, oldest first.
    """
    # Of two that were made at the same moment, the one that is listed later is the newer.
    newest_first = sorted(images, key=lambda image: image.created)[::-1]
    rule = detail["Filter"]
    if rule["Type"] == "COUNT":
        old = newest_first[int(rule["Value"]) :]
    else:
        limit = now - _span(rule)
        old = [image for image in newest_first[int(rule.get("RetainAtLeast", 0)) :] if image.created < limit]
    exclusions = detail.get("ExclusionRules") or {}
    return [image for image in old if not _has_any(image.tags, exclusions.get("TagMap") or {})]


def spared(detail: Mapping[str, Any], image: Candidate, now: datetime) -> list[Ami]:
    """Return the AMIs of an image that stay, and with which it stays itself."""
    rules = (detail.get("ExclusionRules") or {}).get("Amis") or {}
    return [ami for ami in image.amis if _is_spared(rules, ami, now)]


def _is_spared(rules: Mapping[str, Any], ami: Ami, now: datetime) -> bool:
    recent = rules.get("LastLaunched")
    return (
        _has_any(ami.tags, rules.get("TagMap") or {})
        or ami.region in (rules.get("Regions") or [])
        or not ami.shared.isdisjoint(rules.get("SharedAccounts") or [])
        or bool(rules.get("IsPublic") and ami.is_public)
        or bool(recent and ami.launched and now - ami.launched < _span(recent))
    )


def _span(rule: Mapping[str, Any]) -> timedelta:
    return timedelta(days=int(rule["Value"]) * _UNITS[rule.get("Unit", "DAYS")])


def _has_any(tags: Mapping[str, str], spared: Mapping[str, str]) -> bool:
    return any(tags.get(key) == value for key, value in spared.items())
