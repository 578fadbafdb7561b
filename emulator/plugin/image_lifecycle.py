"""EC2 Image Builder: lifecycle policies, which AWS runs once a day, run when somebody asks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from emulator.image_builds.lifecycle import Candidate, doomed, is_selected
from emulator.plugin import amis, image_builds, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import IMAGE, LIFECYCLE, Record, arn_name
from emulator.plugin.resources import region

_ec2 = borrow("services.ec2", "_instances")
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
    known = [_candidate(record) for record in records.everything(IMAGE.path)]
    selected = [image for image in known if is_selected(policy["ResourceSelection"], image)]
    deleted = []
    for detail in policy["PolicyDetails"]:
        if detail["Action"]["Type"] == "DELETE":
            with_amis = detail["Action"].get("IncludeResources", {}).get("Amis", False)
            for arn in doomed(detail, selected, now):
                image_builds.delete(arn, with_amis=with_amis)
                deleted.append(arn)
    return deleted


def _candidate(image: Record) -> Candidate:
    launches = [
        str(instance["LaunchTime"]) for instance in _ec2._instances.values() if instance["ImageId"] == image["ImageId"]
    ]
    return Candidate(
        arn=image["Arn"],
        created=_moment(str(image["Created"])),
        recipe=f"{arn_name(image['Name'])}/{image['Version']}",
        tags=image["Tags"],
        ami_tags=amis.tags_of(region(), image["ImageId"]),
        launched=max(map(_moment, launches), default=None),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
