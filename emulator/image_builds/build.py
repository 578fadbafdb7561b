"""One build of an image as it goes on: which step of which workflow it is at, and how it ends.

A build is a plain record, so that it outlives its emulator. Functions here change it; they neither wait nor know what a
step does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypedDict

from emulator.image_builds.documents import DocumentStep
from emulator.image_builds.workflows import ManagedWorkflow

_STATES = {"BUILD": "BUILDING", "TEST": "TESTING", "DISTRIBUTION": "DISTRIBUTING"}
_ENDED = ("AVAILABLE", "FAILED", "CANCELLED", "DELETED")


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
    """One execution of a workflow."""

    id: str
    name: str
    kind: str
    status: str
    message: str
    steps: list[Step]


class Build(TypedDict):
    """One build; `orders` is what :class:`emulator.image_builds.orders.Orders` holds."""

    status: str
    reason: str
    failure: dict[str, Any]
    orders: dict[str, Any]
    workflows: list[Workflow]


def plan(course: Iterable[ManagedWorkflow], orders: dict[str, Any], identify: Callable[[], str]) -> Build:
    """Return a build that has yet to begin.

    :param identify: gives a new UUID at each call.
    """
    workflows = [
        Workflow(
            id=f"wf-{identify()}",
            name=workflow.name,
            kind=workflow.kind,
            status="PENDING",
            message="",
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
    return Build(status="PENDING", reason="", failure={}, orders=orders, workflows=workflows)


def is_over(build: Build) -> bool:
    """Tell whether nothing more will happen."""
    return build["status"] in _ENDED


def current(build: Build) -> tuple[Workflow, Step] | None:
    """Return the step that runs or is the next to run."""
    for workflow in build["workflows"]:
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


def fail(build: Build, now: float, reason: str, culprit: DocumentStep | None = None) -> None:
    """End the build badly at its running step.

    :param culprit: the step of a component document that failed.
    """
    at = current(build)
    if at is None:
        return
    workflow, step = at
    message = f"Document {culprit.component_arn} failed!" if culprit else reason
    _stop(build, now, "FAILED", message)
    step["status"] = workflow["status"] = "FAILED"
    failed_in = _STATES[workflow["kind"]]
    build["reason"] = f"Workflow Execution ID: '{workflow['id']}' failed with reason: {message}"
    build["failure"] = {
        "imageStatus": failed_in,
        "workflowExecutionId": workflow["id"],
        "stepExecutionId": step["id"],
        "failedStep": step["name"],
    }
    if culprit:
        build["failure"]["componentFailure"] = {
            "componentArn": culprit.component_arn,
            "phaseName": culprit.phase,
            "stepName": culprit.name,
            "action": culprit.action,
            "errorMessage": reason,
        }


def cancel(build: Build, now: float) -> None:
    """End the build because someone asked for it."""
    _stop(build, now, "CANCELLED", "Image creation was cancelled")
    build["reason"] = "Image creation was cancelled"


def _stop(build: Build, now: float, status: str, message: str) -> None:
    build["status"] = status
    for workflow in build["workflows"]:
        for step in workflow["steps"]:
            if step["status"] == "RUNNING":
                step["status"], step["ended"], step["message"] = status, now, message
            elif step["status"] == "PENDING":
                step["status"] = "CANCELLED" if status == "CANCELLED" else "SKIPPED"
        if workflow["status"] == "RUNNING":
            workflow["status"], workflow["message"] = status, message
        elif workflow["status"] == "PENDING":
            workflow["status"] = "CANCELLED" if status == "CANCELLED" else "SKIPPED"


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
    if began:
        shown["startTime"] = moment(min(began))
    if ended and workflow["status"] != "RUNNING":
        shown["endTime"] = moment(max(ended))
    return shown


def workflow_arn(workflow: Workflow, region: str) -> str:
    """Return the ARN of the managed workflow that an execution is of."""
    return f"arn:aws:imagebuilder:{region}:aws:workflow/{workflow['kind'].lower()}/{workflow['name']}/1.0.2/1"
