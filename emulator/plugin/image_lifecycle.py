"""EC2 Image Builder: lifecycle policies, which AWS runs once a day, run when somebody asks; and what they have done.

Source: ListLifecycleExecutions and ListLifecycleExecutionResources in the API reference.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from emulator.image_builds.lifecycle import Ami, Candidate, doomed, is_selected, spared
from emulator.plugin import amis, image_builds, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import IMAGE, LIFECYCLE, Record, arn_name
from emulator.plugin.resources import account, region

_responses = borrow("core.responses", "request_scope")

EXECUTION = "lifecycle-execution"
KEPT_EXECUTIONS = 100


def run_all(now: datetime) -> list[str]:
    """Run every enabled policy of every account and region, and return the ARNs of the images that it deletes."""
    deleted = []
    for owner, place, policy in records.everywhere(LIFECYCLE.path):
        if policy["Properties"].get("Status", "ENABLED") == "ENABLED":
            with _responses.request_scope(owner, place):
                deleted += _run(policy, now)
    return deleted


def _run(policy: Record, now: datetime) -> list[str]:
    properties = policy["Properties"]
    known = [_candidate(record) for record in records.everything(IMAGE.path) if _is_good(record)]
    selected = [image for image in known if is_selected(properties["ResourceSelection"], image)]
    deleted, resources = [], []
    for detail in properties["PolicyDetails"]:
        if detail["Action"]["Type"] == "DELETE":
            for image in doomed(detail, selected, now):
                staying = _delete(detail, image, now)
                deleted += [image.arn] if not staying else []
                resources += [_shown(image.arn, region(), is_kept=bool(staying))]
                resources += [_shown(ami.id, ami.region, is_kept=ami in staying) for ami in image.amis]
    identifier = f"lce-{uuid.uuid4()}"
    execution = {
        "lifecycleExecutionId": identifier,
        "lifecyclePolicyArn": policy["Arn"],
        "resourcesImpactedSummary": {"hasImpactedResources": bool(resources)},
        "state": {"status": "SUCCESS"},
        "startTime": now.timestamp(),
        "endTime": now.timestamp(),
    }
    records.put(EXECUTION, identifier, {"Execution": execution, "Resources": resources})
    for old in records.everything(EXECUTION)[:-KEPT_EXECUTIONS]:
        records.remove(EXECUTION, old["Execution"]["lifecycleExecutionId"])
    return deleted


def _shown(identifier: str, place: str, *, is_kept: bool) -> dict[str, Any]:
    reason = {"reason": "An exclusion rule of the policy applies"} if is_kept else {}
    return {
        "accountId": account(),
        "resourceId": identifier,
        "region": place,
        "action": {"name": "DELETE"},
        "state": {"status": "SKIPPED" if is_kept else "SUCCESS", **reason},
    }


def executions(policy_arn: str) -> list[dict[str, Any]]:
    """Return the runs of a policy as the API shows them, oldest first."""
    known = (record["Execution"] for record in records.everything(EXECUTION))
    return [execution for execution in known if execution["lifecyclePolicyArn"] == policy_arn]


def execution(identifier: str) -> Record | None:
    """Return `Execution` and `Resources` of one run, or None."""
    return records.get(EXECUTION, identifier)


def _is_good(image: Record) -> bool:
    return image_builds.course_of(image)["status"] == "AVAILABLE"


def _delete(detail: dict[str, Any], image: Candidate, now: datetime) -> list[Ami]:
    """Delete what a rule does not spare of an image; return the AMIs that stay, and the image with them."""
    included = detail["Action"].get("IncludeResources") or {}
    if not included.get("Amis", False):
        image_builds.delete(image.arn, with_amis=False)
        return []
    staying = spared(detail, image, now)
    for ami in image.amis:
        if ami not in staying:
            image_builds.forget_ami(image.arn, ami.id, with_snapshots=included.get("Snapshots", False))
    if not staying:
        image_builds.delete(image.arn, with_amis=False)
    return staying


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
