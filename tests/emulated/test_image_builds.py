"""Builds of images: followed step by step, told to fail or hang or take long, cancelled, repeated, distributed."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.launcher import EmulatorError
from emulator.paths import StatePaths
from emulator.processes import wait_until_gone
from emulator.state.document import NAME
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_persistence import client_of, own, process_of, wait_for_save

__all__ = ["own"]
COMPONENT = """
schemaVersion: 1.0
phases:
  - name: build
    steps:
      - {name: InstallDependencies, action: ExecuteBash, inputs: {commands: ["true"]}}
  - name: test
    steps:
      - {name: Check, action: ExecuteBash, inputs: {commands: ["true"]}}
"""
ENDED = ("AVAILABLE", "FAILED", "CANCELLED")


@pytest.fixture
def order(emulator) -> Iterator[Callable[..., Any]]:
    yield lambda **orders: emulator.control("image-builds", **orders)
    emulator.control("image-builds")


@pytest.fixture
def pipeline(stack) -> str:
    """Return the ARN of a pipeline whose recipe has a component with steps, and that has built nothing yet."""
    resources = pipeline_resources(name=stack.name)
    resources["Component"]["Properties"]["Data"] = COMPONENT
    del resources["Image"]
    return stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})["Pipeline"]


@pytest.fixture
def builder(client) -> Any:
    return client("imagebuilder")


def begin(builder: Any, pipeline: str) -> str:
    return builder.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]


def state(builder: Any, image: str) -> dict[str, Any]:
    return builder.get_image(imageBuildVersionArn=image)["image"]["state"]


def ended(builder: Any, image: str) -> dict[str, Any]:
    return eventually(lambda: seen if (seen := state(builder, image))["status"] in ENDED else None, "end of the build")


def taken_up(builder: Any, image: str) -> None:
    """Wait until a build goes on that is to be tried again."""

    def is_taken_up() -> bool:
        workflows = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]
        return any(known.get("retried") for known in workflows)

    eventually(is_taken_up, "build that goes on")


def log_of(client: Callable[[str], Any], name: str) -> list[str]:
    events = client("logs").filter_log_events(logGroupName=f"/aws/imagebuilder/{name}")["events"]
    return [event["message"] for event in events]


def amis_of(client: Callable[[str], Any], image: str) -> list[Any]:
    wanted = [{"Name": "tag:Ec2ImageBuilderArn", "Values": [image]}]
    return client("ec2").describe_images(Owners=["self"], Filters=wanted)["Images"]


@pytest.mark.behaviour("EC2 Image Builder", "a build is followed by its workflows and their steps", aws=False)
def test_a_build_is_followed_by_its_workflows_and_steps(client, builder, pipeline):
    image = begin(builder, pipeline)

    assert ended(builder, image)["status"] == "AVAILABLE"
    workflows = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]
    assert [(workflow["type"], workflow["status"]) for workflow in workflows] == [
        ("BUILD", "COMPLETED"), ("TEST", "COMPLETED"), ("DISTRIBUTION", "COMPLETED"),
    ]  # fmt: skip
    steps = builder.list_workflow_step_executions(workflowExecutionId=workflows[0]["workflowExecutionId"])["steps"]
    assert [step["name"] for step in steps][:2] == ["LaunchBuildInstance", "ApplyBuildComponents"]
    step = builder.get_workflow_step_execution(stepExecutionId=steps[4]["stepExecutionId"])
    (ami,) = amis_of(client, image)
    assert ami["ImageId"] in step["outputs"]
    shown = builder.get_workflow_execution(workflowExecutionId=workflows[0]["workflowExecutionId"])
    assert shown["totalStepsSucceeded"] == 6


@pytest.mark.difference(
    "EC2 Image Builder",
    aws="a machine is launched, and what the recipe says is installed there",
    here="nothing is launched or installed; the steps name a machine that there is not",
)
def test_nothing_is_launched(client, builder, pipeline):
    image = begin(builder, pipeline)
    ended(builder, image)

    (workflow, *_others) = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]
    steps = builder.list_workflow_step_executions(workflowExecutionId=workflow["workflowExecutionId"])["steps"]
    machine = json.loads(steps[0]["outputs"])["instanceId"]
    ec2 = client("ec2")
    known = [instance for page in ec2.describe_instances()["Reservations"] for instance in page["Instances"]]
    assert machine not in [instance["InstanceId"] for instance in known]


@pytest.mark.behaviour("EC2 Image Builder", "the AMI of a build has a snapshot, which can be found", aws=False)
def test_the_ami_has_a_snapshot(client, builder, pipeline):
    image = begin(builder, pipeline)
    ended(builder, image)

    (ami,) = amis_of(client, image)
    snapshot = ami["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    assert client("ec2").describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"


@pytest.mark.behaviour("EC2 Image Builder", "the log of a build names each step of each component document", aws=False)
def test_the_log_names_the_steps_of_the_documents(client, stack, builder, pipeline):
    ended(builder, begin(builder, pipeline))

    lines = log_of(client, stack.name)
    at = lines.index("Step InstallDependencies")
    assert lines[at + 1 : at + 4] == [
        "ExecuteBash: STARTED EXECUTION", "CmdExecution: ExitCode 0", "ExecuteBash: FINISHED EXECUTION",
    ]  # fmt: skip
    assert "TOE has completed execution successfully" in lines


@pytest.mark.behaviour(
    "EC2 Image Builder", "a build that fails says in which step of which component, and leaves no AMI", aws=False
)
def test_a_build_fails_where_it_is_ordered_to(client, stack, builder, pipeline, order):
    order(
        fail_at="InstallDependencies", reason="exit status 100", output="Get:1 http://...\nE: no space left on device"
    )
    image = begin(builder, pipeline)

    failed = ended(builder, image)

    assert failed["status"] == "FAILED"
    assert "failed!" in failed["reason"]
    assert failed["failureContext"]["componentFailure"]["stepName"] == "InstallDependencies"
    assert failed["failureContext"]["componentFailure"]["errorMessage"] == "exit status 100"
    assert failed["failureContext"]["workflowArn"].endswith(":aws:workflow/build/build-image/1.0.2/1")
    lines = log_of(client, stack.name)
    assert lines[lines.index("CmdExecution: Stderr: E: no space left on device") + 1] == "CmdExecution: ExitCode 100"
    assert amis_of(client, image) == []
    # The order was for one build.
    assert ended(builder, begin(builder, pipeline))["status"] == "AVAILABLE"


@pytest.mark.parametrize(
    ("failure", "text"),
    [("capacity", "InsufficientInstanceCapacity"), ("agent", "InvalidInstanceId"), ("command", "ExpectationNotMet")],
)
def test_what_is_not_ours_fails_too(builder, pipeline, order, failure, text):
    order(failure=failure, times=2)

    assert [text in ended(builder, begin(builder, pipeline)).get("reason", "") for _ in range(3)] == [True, True, False]


@pytest.mark.behaviour(
    "EC2 Image Builder",
    "a build that fails in its tests leaves its AMI, and goes on there when it is retried",
    aws=False,
)
def test_a_failed_test_can_be_retried(client, builder, pipeline, order):
    order(fail_at="ApplyTestComponents")
    image = begin(builder, pipeline)

    assert ended(builder, image)["failureContext"]["imageStatus"] == "TESTING"
    (ami,) = amis_of(client, image)
    builder.retry_image(imageBuildVersionArn=image, clientToken="again")
    # As on AWS, the answer is there before anything has happened.
    assert state(builder, image)["status"] == "FAILED"
    taken_up(builder, image)
    assert ended(builder, image)["status"] == "AVAILABLE"
    assert [known["ImageId"] for known in amis_of(client, image)] == [ami["ImageId"]]
    workflows = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]
    assert [(known["type"], known["status"], known.get("retried", False)) for known in workflows] == [
        ("BUILD", "COMPLETED", False),
        ("TEST", "FAILED", True),
        ("TEST", "COMPLETED", False),
        ("DISTRIBUTION", "COMPLETED", False),
    ]


@pytest.mark.behaviour("EC2 Image Builder", "a build that fails before there is an AMI cannot be retried", aws=False)
def test_a_failed_build_phase_cannot_be_retried(builder, pipeline, order):
    order(fail_at="InstallDependencies")
    image = begin(builder, pipeline)
    ended(builder, image)

    with pytest.raises(builder.exceptions.InvalidRequestException, match="build anew"):
        builder.retry_image(imageBuildVersionArn=image, clientToken="again")


@pytest.mark.behaviour("EC2 Image Builder", "a build can be cancelled; the AMI that it has made stays", aws=False)
@pytest.mark.parametrize(
    ("step", "amis"), [("ApplyBuildComponents", 0), ("LaunchTestInstance", 1), ("DistributeImage", 1)]
)
def test_a_hanging_build_can_be_cancelled(client, builder, pipeline, order, step, amis):
    order(hang_at=step)
    image = begin(builder, pipeline)
    eventually(lambda: state(builder, image)["status"] != "PENDING", "begin of the build")

    with pytest.raises(builder.exceptions.ClientError, match="Cancel it first"):
        builder.delete_image(imageBuildVersionArn=image)
    builder.cancel_image_creation(imageBuildVersionArn=image, clientToken="stop")

    assert ended(builder, image)["status"] == "CANCELLED"
    assert len(amis_of(client, image)) == amis
    with pytest.raises(builder.exceptions.ClientError, match="cannot be cancelled"):
        builder.cancel_image_creation(imageBuildVersionArn=image, clientToken="stop")


def test_a_build_takes_the_time_that_it_is_told_to(builder, pipeline, order):
    order(step_seconds=3600)
    image = begin(builder, pipeline)

    eventually(lambda: state(builder, image)["status"] == "BUILDING", "begin of the build")
    workflow = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"][0]
    steps = builder.list_workflow_step_executions(workflowExecutionId=workflow["workflowExecutionId"])["steps"]
    assert [step["status"] for step in steps] == ["RUNNING"] + ["PENDING"] * 5
    builder.cancel_image_creation(imageBuildVersionArn=image, clientToken="stop")


@pytest.mark.behaviour(
    "CloudFormation", "an image that cannot be built fails its stack with the first cause", aws=False
)
def test_a_failed_build_fails_its_stack(stack, client, order):
    order(fail_at="CreateOutputAMI", reason="insufficient capacity")

    with pytest.raises(AssertionError, match="failed with reason: insufficient capacity"):
        stack.put(pipeline_resources(name=stack.name))

    assert stack.status() == "ROLLBACK_COMPLETE"
    images = client("imagebuilder").list_images()["imageVersionList"]
    assert [image for image in images if image["name"] == stack.name] == []


@pytest.mark.behaviour(
    "EC2 Image Builder", "a finished AMI is distributed to further regions without a new build", aws=False
)
def test_a_finished_image_is_distributed_without_a_build(stack, client, emulator, builder):
    resources = pipeline_resources(name=stack.name)
    outputs = stack.put(resources, OUTPUTS)
    resources["Distribution"]["Properties"]["Distributions"].append(
        {
            "Region": "eu-west-1",
            "AmiDistributionConfiguration": {
                "AmiTags": {"where": "europe"},
                "LaunchPermissionConfiguration": {"UserIds": ["111122223333"]},
            },
            "SsmParameterConfigurations": [{"ParameterName": "/images/europe/ami"}],
        }
    )
    stack.put(resources)

    image = builder.distribute_image(
        sourceImage=outputs["Ami"],
        distributionConfigurationArn=stack.physical_id("Distribution"),
        executionRole="role",
        clientToken="europe",
    )["imageBuildVersionArn"]
    assert ended(builder, image)["status"] == "AVAILABLE"

    shown = builder.get_image(imageBuildVersionArn=image)["image"]["outputResources"]["amis"]
    amis = {ami["region"]: ami["image"] for ami in shown}
    assert amis["us-east-1"] == outputs["Ami"]
    europe = client("ec2", region="eu-west-1")
    (copied,) = europe.describe_images(ImageIds=[amis["eu-west-1"]])["Images"]
    assert {"Key": "where", "Value": "europe"} in copied["Tags"]
    parameter = client("ssm", region="eu-west-1").get_parameter(Name="/images/europe/ami")["Parameter"]["Value"]
    assert parameter == amis["eu-west-1"]
    kinds = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]
    assert [workflow["type"] for workflow in kinds] == ["DISTRIBUTION"]


def test_wrong_orders_are_refused_and_change_nothing(emulator, builder, pipeline):
    with pytest.raises(EmulatorError, match="do you mean CreateOutputAMI"):
        emulator.control("image-builds", hang_at="CreateOutput")

    assert ended(builder, begin(builder, pipeline))["status"] == "AVAILABLE"


def without(value: Any, names: set[str]) -> Any:
    """Return nested values without some keys of their objects."""
    match value:
        case dict():
            return {key: without(inner, names) for key, inner in value.items() if key not in names}
        case list():
            return [without(inner, names) for inner in value]
    return value


def test_an_image_of_an_earlier_version_can_still_be_shown(own):
    outputs = Stack("earlier", client_of(own, "cloudformation")).put(pipeline_resources(), OUTPUTS)
    own.stop()
    saved = StatePaths(own.state).services / NAME
    newer = {"BuildType", "BaseImage", "Began", "Recipe", "Infrastructure", "Distribution", "cancelling", "retried"}
    saved.write_text(json.dumps(without(json.loads(saved.read_text()), newer)))
    own.start()
    builder = client_of(own, "imagebuilder")

    shown = builder.get_image(imageBuildVersionArn=outputs["Image"])["image"]

    assert (shown["state"]["status"], shown["buildType"]) == ("AVAILABLE", "USER_INITIATED")
    assert shown["imageRecipe"]["arn"] == outputs["Recipe"]
    assert ended(builder, begin(builder, outputs["Pipeline"]))["status"] == "AVAILABLE"


def test_a_build_goes_on_after_the_emulator_was_killed(own):
    own.control("image-builds", step_seconds=0.5)
    resources = pipeline_resources()
    del resources["Image"]
    stack = Stack("group", client_of(own, "cloudformation"))
    pipeline = stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})["Pipeline"]
    image = begin(client_of(own, "imagebuilder"), pipeline)
    wait_for_save(own, "BUILDING")
    process = process_of(own)

    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)
    own.start()

    assert ended(client_of(own, "imagebuilder"), image)["status"] == "AVAILABLE"
