"""EC2 Image Builder: lifecycle policies, which AWS runs once a day, run when somebody asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from emulator.image_builds.lifecycle import Ami, Candidate, doomed, is_selected, spared
from emulator.plugin import amis, image_builds, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import IMAGE, LIFECYCLE, Record, arn_name

_responses = borrow("core.responses", "request_scope")


def run_all(now: datetime) -> list[str]:
    """Run every enabled policy of every account and region, and return the ARNs of the images that it deletes."""
    deleted = []
    for owner, place, policy in records.everywhere(LIFECYCLE.path):
        if policy["Properties"].get("Status", "ENABLED") == "ENABLED":
            with _responses.request_scope(owner, place):
                deleted += _run(policy["Properties"], now)
    return deleted


def _run(policy: dict[str, Any], now: datetime) -> list[str]:
    known = [_candidate(record) for record in records.everything(IMAGE.path) if _is_good(record)]
    selected = [image for image in known if is_selected(policy["ResourceSelection"], image)]
    deleted = []
    for detail in policy["PolicyDetails"]:
        if detail["Action"]["Type"] == "DELETE":
            deleted += [image.arn for image in doomed(detail, selected, now) if _delete(detail, image, now)]
    return deleted


def _is_good(image: Record) -> bool:
    return image_builds.course_of(image)["status"] == "AVAILABLE"


def _delete(detail: dict[str, Any], image: Candidate, now: datetime) -> bool:
    """Delete what a rule does not spare of an image; tell whether the image itself is gone."""
    included = detail["Action"].get("IncludeResources") or {}
    if not included.get("Amis", False):
        image_builds.delete(image.arn, with_amis=False)
        return True
    staying = spared(detail, image, now)
    for ami in image.amis:
        if ami not in staying:
            image_builds.forget_ami(image.arn, ami.id, with_snapshots=included.get("Snapshots", False))
    if not staying:
        image_builds.delete(image.arn, with_amis=False)
    return not staying


def _candidate(image: Record) -> Candidate:
    return Candidate(
        arn=image["Arn"],
        created=datetime.fromisoformat(image["Created"]),
        recipe=f"{arn_name(image['Name'])}/{image['Version']}",
        tags=image["Tags"],
        amis=tuple(_ami(ami["image"], ami["region"]) for ami in image["Amis"]),
    )


def _ami(identifier: str, region: str) -> Ami:
    found = amis.describe(region, identifier)
    launched = found.get(amis.LAST_LAUNCHED)
    permissions = found.get("LaunchPermissions") or []
    return Ami(
        id=identifier,
        region=region,
        tags=amis.tags_of(region, identifier),
        launched=datetime.fromisoformat(launched).astimezone(UTC) if launched else None,
        shared=frozenset(permission["UserId"] for permission in permissions if "UserId" in permission),
        is_public=any(permission.get("Group") == "all" for permission in permissions),
    )
