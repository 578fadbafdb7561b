"""One build of an image as it goes on: which step of which workflow it is at, and how it ends.

A build is a plain record, so that it outlives its emulator. Functions here change it; they neither wait nor know what a
step does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypedDict

from emulator.image_builds.documents import DocumentStep
from emulator.image_builds.orders import Orders
from emulator.image_builds.workflows import CONFIGURE_STEP, DISTRIBUTION, INTEGRATE, ManagedWorkflow

_STATES = {"BUILD": "BUILDING", "TEST": "TESTING", "DISTRIBUTION": "DISTRIBUTING"}
_ENDED = ("AVAILABLE", "FAILED", "CANCELLED", "DELETED")
LONGEST_MESSAGE = 1024
"""Most characters of a reason and of a component's error message."""


class RegionFailedError(Exception):
    """An image cannot be brought into a region; the others have it.

    :param region: where.
    """

    def __init__(self, region: str, message: str) -> None:
        super().__init__(message)
        self.region = region


class Step(TypedDict):
    """One step of a workflow; `began` is in seconds since the epoch."""

    id: str
    name: str
    action: str
    status: str
    message: str
    outputs: dict[str, str]
    began: float | None
    ended: float | None


class Workflow(TypedDict):
    """One execution of a workflow; `retried` if a retry of the build has made another one in its place."""

    id: str
    name: str
    kind: str
    status: str
    message: str
    retried: bool
    steps: list[Step]


class Build(TypedDict):
    """One build; `orders` is what :class:`emulator.image_builds.orders.Orders` holds, `cancelling` a wish."""

    status: str
    reason: str
    cancelling: bool
    failure: dict[str, Any]
    orders: dict[str, Any]
    workflows: list[Workflow]


def plan(course: Iterable[ManagedWorkflow], orders: dict[str, Any], identify: Callable[[], str]) -> Build:
    """Return a build that has yet to begin.

    :param identify: gives a new UUID at each call.
    """
    return Build(
        status="PENDING",
        reason="",
        cancelling=False,
        failure={},
        orders=orders,
        workflows=_executions(course, identify),
    )


def _executions(course: Iterable[ManagedWorkflow], identify: Callable[[], str]) -> list[Workflow]:
    return [
        Workflow(
            id=f"wf-{identify()}",
            name=workflow.name,
            kind=workflow.kind,
            status="PENDING",
            message="",
            retried=False,
            steps=[
                Step(
                    id=f"step-{identify()}", name=step.name, action=step.action, status="PENDING", message="",
                    outputs={}, began=None, ended=None,
                )
                for step in workflow.steps
            ],
        )
        for workflow in course
    ]  # fmt: skip


def resume(
    build: Build, course: Iterable[ManagedWorkflow], orders: dict[str, Any], identify: Callable[[], str]
) -> None:
    """Go on with a build that has failed or was cancelled, at the workflow where that happened.

    Source: RetryImage in the API reference; what was built already is not built again.

    :param course: all workflows of the build.
    :raises ValueError: as :func:`require_resumable`.
    """
    require_resumable(build)
    left = [known for known in build["workflows"] if known["status"] == "COMPLETED" or known["retried"]]
    again = [known for known in build["workflows"] if known not in left]
    for known in again:
        known["retried"] = True
    kinds = [known["kind"] for known in again]
    begun = [known for known in again if any(step["began"] is not None for step in known["steps"])]
    fresh = _executions((workflow for workflow in course if workflow.kind in kinds), identify)
    build |= {"status": "PENDING", "reason": "", "cancelling": False, "failure": {}, "orders": orders}
    build["workflows"] = [*left, *begun, *fresh]


def require_resumable(build: Build) -> None:
    """Check that a build can be gone on with.

    :raises ValueError: if it ended where the image is built, or if it is at no such end.
    """
    stopped = next(
        (known for known in build["workflows"] if known["status"] in ("FAILED", "CANCELLED") and not known["retried"]),
        None,
    )
    if build["status"] not in ("FAILED", "CANCELLED") or stopped is None:
        raise ValueError(f"the image build is {build['status']} and cannot be retried")
    if stopped["kind"] == "BUILD":
        raise ValueError(f"the image build is {build['status']} in its build phase and cannot be retried; build anew")


def complete_record(build: Build) -> None:
    """Add what a build that an earlier version of Slipway began does not say of itself."""
    build.setdefault("cancelling", False)
    build["orders"] = {**asdict(Orders()), **build["orders"]}
    for workflow in build["workflows"]:
        workflow.setdefault("retried", False)


def is_over(build: Build) -> bool:
    """Tell whether nothing more will happen."""
    return build["status"] in _ENDED


def current(build: Build) -> tuple[Workflow, Step] | None:
    """Return the step that runs or is the next to run."""
    if is_over(build):
        return None
    for workflow in build["workflows"]:
        if workflow["status"] in ("PENDING", "RUNNING"):
            for step in workflow["steps"]:
                if step["status"] in ("PENDING", "RUNNING"):
                    return workflow, step
    return None


def begin(build: Build, now: float) -> tuple[Workflow, Step]:
    """Begin the next step.

    :param now: seconds since the epoch.
    """
    at = current(build)
    if at is None:
        raise ValueError("the build has no step left")
    workflow, step = at
    workflow["status"] = step["status"] = "RUNNING"
    step["began"] = now
    is_integrating = step["action"] == "ApplyImageConfigurations"
    build["status"] = "INTEGRATING" if is_integrating else _STATES[workflow["kind"]]
    return at


def complete(build: Build, now: float, outputs: dict[str, str]) -> None:
    """End the running step well, and with the last one the build."""
    at = current(build)
    if at is None:
        return
    workflow, step = at
    step["status"], step["ended"], step["outputs"] = "COMPLETED", now, outputs
    if all(done["status"] == "COMPLETED" for done in workflow["steps"]):
        workflow["status"] = "COMPLETED"
    if current(build) is None:
        build["status"] = "AVAILABLE"


def fail(
    build: Build,
    now: float,
    reason: str,
    *,
    culprit: DocumentStep | None = None,
    region: str = "",
    outputs: dict[str, str] | None = None,
) -> None:
    """End the build badly at its running step; those after it stay as they are, as on AWS.

    :param culprit: the step of a component document that failed.
    :param region: the one that the image cannot be brought to.
    :param outputs: what the step shows of its failure.
    """
    at = current(build)
    if at is None:
        return
    workflow, step = at
    message = f"Document {culprit.component_arn} failed!" if culprit else reason
    step |= {"status": "FAILED", "ended": now, "message": message, "outputs": outputs or {}}
    workflow |= {"status": "FAILED", "message": message}
    build["status"] = "FAILED"
    build["reason"] = f"Workflow Execution ID: '{workflow['id']}' failed with reason: {message}"[:LONGEST_MESSAGE]
    build["failure"] = _context(workflow, step, reason, culprit, region)


def _context(workflow: Workflow, step: Step, reason: str, culprit: DocumentStep | None, region: str) -> dict[str, Any]:
    """Return what the API calls the failure context; `workflowArn` is added where the region is known."""
    context: dict[str, Any] = {
        "imageStatus": "INTEGRATING" if step["name"] == INTEGRATE else _STATES[workflow["kind"]],
        "workflowExecutionId": workflow["id"],
        "stepExecutionId": step["id"],
        "failedStep": step["name"],
    }
    if culprit:
        context["componentFailure"] = {
            "componentArn": culprit.component_arn,
            "phaseName": culprit.phase,
            "stepName": culprit.name,
            "action": culprit.action,
            "errorMessage": reason[:LONGEST_MESSAGE],
        }
    if workflow["kind"] == DISTRIBUTION.kind:
        context["distributionFailure"] = {"errorMessage": reason}
        if region:
            where = {"region": region, "status": "FAILED", "errorMessage": reason}
            at_configuration = {"imageConfigurationStep": CONFIGURE_STEP} if step["name"] == INTEGRATE else {}
            context["distributionFailure"]["regionFailures"] = [{**where, **at_configuration}]
    return context


def cancel(build: Build, now: float) -> None:
    """End the build because someone asked for it."""
    message = "Image creation was cancelled"
    build |= {"status": "CANCELLED", "reason": message, "cancelling": False}
    for workflow in build["workflows"]:
        if workflow["status"] not in ("PENDING", "RUNNING"):
            continue
        workflow |= {"status": "CANCELLED", "message": message}
        for step in workflow["steps"]:
            if step["status"] == "RUNNING":
                step |= {"status": "CANCELLED", "ended": now, "message": message}
            elif step["status"] == "PENDING":
                step["status"] = "CANCELLED"


def moment(seconds: float) -> str:
    """Return a moment as the API writes it.

    :param seconds: since the epoch.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shown_step(step: Step) -> dict[str, Any]:
    """Return a step as ListWorkflowStepExecutions shows it."""
    shown: dict[str, Any] = {
        "stepExecutionId": step["id"],
        "name": step["name"],
        "action": step["action"],
        "status": step["status"],
        "message": step["message"],
        "outputs": json.dumps(step["outputs"]) if step["outputs"] else "",
    }
    for key, at in (("startTime", step["began"]), ("endTime", step["ended"])):
        if at is not None:
            shown[key] = moment(at)
    return {key: value for key, value in shown.items() if value != ""}


def shown_workflow(workflow: Workflow, region: str) -> dict[str, Any]:
    """Return a workflow as ListWorkflowExecutions shows it."""
    statuses = [step["status"] for step in workflow["steps"]]
    began = [step["began"] for step in workflow["steps"] if step["began"] is not None]
    ended = [step["ended"] for step in workflow["steps"] if step["ended"] is not None]
    shown: dict[str, Any] = {
        "workflowBuildVersionArn": workflow_arn(workflow, region),
        "workflowExecutionId": workflow["id"],
        "type": workflow["kind"],
        "status": workflow["status"],
        "totalStepCount": len(statuses),
        "totalStepsSucceeded": statuses.count("COMPLETED"),
        "totalStepsFailed": statuses.count("FAILED"),
        "totalStepsSkipped": statuses.count("SKIPPED"),
    }
    if workflow["message"]:
        shown["message"] = workflow["message"]
    if workflow["retried"]:
        shown["retried"] = True
    if began:
        shown["startTime"] = moment(min(began))
    if ended and workflow["status"] != "RUNNING":
        shown["endTime"] = moment(max(ended))
    return shown


def workflow_arn(workflow: Workflow, region: str) -> str:
    """Return the ARN of the managed workflow that an execution is of."""
    return f"arn:aws:imagebuilder:{region}:aws:workflow/{workflow['kind'].lower()}/{workflow['name']}/1.0.2/1"
