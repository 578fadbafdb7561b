"""Which rights the calls about builds need."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.people import allow
from tests.emulated.test_image_builds import begin, builder, ended, pipeline

__all__ = ["builder", "pipeline"]


def arn(account: str, resource: str) -> str:
    return f"arn:aws:imagebuilder:us-east-1:{account}:{resource}"


def steps(caller: Any, image: str) -> list[dict[str, Any]]:
    workflow = caller.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"][0]
    listed = caller.list_workflow_step_executions(workflowExecutionId=workflow["workflowExecutionId"])["steps"]
    caller.get_workflow_execution(workflowExecutionId=workflow["workflowExecutionId"])
    caller.get_workflow_step_execution(stepExecutionId=listed[0]["stepExecutionId"])
    return listed


@pytest.mark.behaviour(
    "EC2 Image Builder", "rights to follow a build are those on the image, on workflows and their steps", aws=False
)
def test_rights_to_build_and_to_follow(people, stack, account, pipeline):
    images = arn(account, f"image/{stack.name}/*")
    executions = [arn(account, f"{kind}/*") for kind in ("workflow-execution", "workflow-step-execution")]
    caller = people.user(
        allow("imagebuilder:StartImagePipelineExecution", resource=pipeline),
        allow("imagebuilder:GetImage", "imagebuilder:ListWorkflowExecutions", resource=images),
        allow("imagebuilder:ListWorkflowStepExecutions", "imagebuilder:GetWorkflowExecution", resource=executions[0]),
        allow("imagebuilder:GetWorkflowStepExecution", resource=executions[1]),
    )("imagebuilder")

    image = begin(caller, pipeline)
    ended(caller, image)

    assert steps(caller, image)[0]["name"] == "LaunchBuildInstance"
    with pytest.raises(ClientError, match="imagebuilder:DeleteImage"):
        caller.delete_image(imageBuildVersionArn=image)


@pytest.mark.parametrize(
    ("other", "action"),
    [
        ("workflow-step-execution", "ListWorkflowStepExecutions"),
        ("workflow-execution", "GetWorkflowStepExecution"),
    ],
)
def test_rights_on_one_are_none_on_the_other(people, account, builder, pipeline, other, action):
    image = begin(builder, pipeline)
    ended(builder, image)
    caller = people.user(
        allow("imagebuilder:*", resource=arn(account, "image/*")),
        allow("imagebuilder:*", resource=arn(account, f"{other}/*")),
    )("imagebuilder")

    with pytest.raises(ClientError, match=f"not authorized to perform: imagebuilder:{action}"):
        steps(caller, image)


@pytest.mark.behaviour("IAM", "to distribute an image needs the right to hand on the role for it", aws=False)
def test_distributing_needs_the_right_to_pass_the_role(people, stack, account, builder, pipeline):
    image = begin(builder, pipeline)
    ended(builder, image)
    role = people.role("distribution", allow("ec2:CopyImage"), trusted="imagebuilder.amazonaws.com")
    request = {
        "sourceImage": image,
        "distributionConfigurationArn": stack.physical_id("Distribution"),
        "executionRole": role,
    }
    rights = [allow("imagebuilder:DistributeImage"), allow("imagebuilder:GetImage")]

    with pytest.raises(ClientError, match="iam:PassRole"):
        people.user(*rights)("imagebuilder").distribute_image(**request)

    caller = people.user(*rights, allow("iam:PassRole", resource=role))("imagebuilder")
    copied = caller.distribute_image(**request)["imageBuildVersionArn"]
    assert ended(caller, copied)["status"] == "AVAILABLE"
