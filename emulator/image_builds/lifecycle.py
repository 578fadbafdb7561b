"""Which images a lifecycle policy deletes.

Source: EC2 Image Builder User Guide, "Lifecycle management rules"; rules by count and by age, with what they spare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_UNITS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}


@dataclass(frozen=True)
class Candidate:
    """An image that a policy may delete.

    :param created: when.
    :param recipe: name and version of the recipe it was built from, for example `proxy/1.0.3`.
    :param ami_tags: tags of its AMI.
    :param launched: when an instance was last launched from its AMI; None if never.
    """

    arn: str
    created: datetime
    recipe: str
    tags: Mapping[str, str]
    ami_tags: Mapping[str, str]
    launched: datetime | None


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


def doomed(detail: Mapping[str, Any], images: Sequence[Candidate], now: datetime) -> list[str]:
    """Return the ARNs of the images that one rule of a policy deletes.

    :param detail: one of the policy's `PolicyDetails`.
    :param images: all that the policy is about, oldest first.
    """
    # Of two that were made in the same second, the one that is listed later is the newer.
    newest_first = sorted(images, key=lambda image: image.created)[::-1]
    rule = detail["Filter"]
    if rule["Type"] == "COUNT":
        old = newest_first[int(rule["Value"]) :]
    else:
        limit = now - _span(rule)
        old = [image for image in newest_first[int(rule.get("RetainAtLeast", 0)) :] if image.created < limit]
    return [image.arn for image in old if not _is_spared(detail.get("ExclusionRules") or {}, image, now)]


def _is_spared(rules: Mapping[str, Any], image: Candidate, now: datetime) -> bool:
    of_ami = rules.get("Amis") or {}
    if _has_any(image.tags, rules.get("TagMap") or {}) or _has_any(image.ami_tags, of_ami.get("TagMap") or {}):
        return True
    recent = of_ami.get("LastLaunched")
    return bool(recent and image.launched and now - image.launched < _span(recent))


def _span(rule: Mapping[str, Any]) -> timedelta:
    return timedelta(days=int(rule["Value"]) * _UNITS[rule.get("Unit", "DAYS")])


def _has_any(tags: Mapping[str, str], spared: Mapping[str, str]) -> bool:
    return any(tags.get(key) == value for key, value in spared.items())
