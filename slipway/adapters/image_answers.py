"""Read Image Builder's answers, and write what it is asked for, as plain data of ours. It calls nobody.

Source: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_Types.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from slipway.domain.images import (
    ComponentFailure,
    Failure,
    Image,
    LogBucket,
    RegionFailure,
    Status,
    Step,
    Workflow,
)

Answer = Mapping[str, Any]

ORDER = ("BUILD", "TEST", "DISTRIBUTION")
"""Kinds of workflows, in the order in which they run."""


def image(answer: Answer) -> Image:
    """Return an image, as `GetImage` and the lists show it."""
    arn = str(answer["arn"])
    state = answer.get("state", {})
    _, version, build = arn.rsplit("/", 2)
    made = answer.get("outputResources", {}).get("amis", [])
    logging = answer.get("infrastructureConfiguration", {}).get("logging", {}).get("s3Logs")
    account = arn.split(":")[4]
    return Image(
        arn=arn,
        version=version,
        build=int(build),
        status=Status(state.get("status", "PENDING")),
        created=_moment(answer.get("dateCreated")) or datetime.fromtimestamp(0, UTC),
        reason=str(state.get("reason", "")),
        amis={
            ami["region"]: ami["image"] for ami in made if ami.get("accountId", account) == account and "image" in ami
        },
        tags=dict(answer.get("tags", {})),
        failure=_failure(state.get("failureContext")),
        logs=LogBucket(logging["s3BucketName"], logging.get("s3KeyPrefix", "")) if logging else None,
    )


def workflow(answer: Answer, steps: Sequence[Answer]) -> Workflow:
    """Return an execution of a workflow, as `ListWorkflowExecutions` shows it, with its steps."""
    return Workflow(
        identifier=str(answer["workflowExecutionId"]),
        kind=str(answer.get("type", "")),
        status=str(answer.get("status", "")),
        message=str(answer.get("message", "")),
        began=_moment(answer.get("startTime")),
        ended=_moment(answer.get("endTime")),
        steps=tuple(step(each) for each in steps),
    )


def step(answer: Answer) -> Step:
    """Return a step, as `ListWorkflowStepExecutions` shows it."""
    return Step(
        identifier=str(answer["stepExecutionId"]),
        name=str(answer.get("name", "")),
        action=str(answer.get("action", "")),
        status=str(answer.get("status", "")),
        message=str(answer.get("message", "")),
        began=_moment(answer.get("startTime")),
        ended=_moment(answer.get("endTime")),
    )


def distribution(own: Answer, region: str, parameter: str) -> Any:
    """Return how an image is to be distributed to a region: named and tagged as where it is distributed to already.

    :param own: distribution configuration of the pipeline.
    :param parameter: SSM parameter that is to name the AMI; empty for none.
    """
    known: Sequence[Answer] = own.get("distributions", [])
    first: Answer = known[0].get("amiDistributionConfiguration", {}) if known else {}
    # A key of KMS stands in one region; without one, the region's own for EBS encrypts the copy.
    kept = {name: value for name, value in first.items() if name not in ("kmsKeyId", "targetAccountIds")}
    named = [{"parameterName": parameter, "dataType": "aws:ec2:image"}] if parameter else []
    return {
        "region": region,
        "amiDistributionConfiguration": kept,
        **({"ssmParameterConfigurations": named} if named else {}),
    }


def _failure(answer: Answer | None) -> Failure | None:
    if not answer:
        return None
    component = answer.get("componentFailure")
    regions = answer.get("distributionFailure", {}).get("regionFailures", [])
    return Failure(
        state=str(answer.get("imageStatus", "")),
        step=str(answer.get("failedStep", "")),
        workflow_id=str(answer.get("workflowExecutionId", "")),
        step_id=str(answer.get("stepExecutionId", "")),
        component=_component(component) if component else None,
        regions=tuple(
            RegionFailure(
                str(each.get("region", "")),
                str(each.get("imageConfigurationStep", "")),
                str(each.get("errorMessage", "")),
            )
            for each in regions
        ),
    )


def _component(answer: Answer) -> ComponentFailure:
    return ComponentFailure(
        component_arn=str(answer.get("componentArn", "")),
        phase=str(answer.get("phaseName", "")),
        step=str(answer.get("stepName", "")),
        action=str(answer.get("action", "")),
        message=str(answer.get("errorMessage", "")),
    )


def _moment(text: object) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
