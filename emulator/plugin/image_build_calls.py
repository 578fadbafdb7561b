"""EC2 Image Builder's API for builds: starting, following, cancelling, repeating and distributing one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.image_builds import build as builds
from emulator.image_builds.build import Step, Workflow
from emulator.plugin import amis, image_builds, image_logs, image_making, image_parents, records
from emulator.plugin.image_builder import IMAGE, Record, find
from emulator.plugin.image_builds import course_of
from emulator.plugin.resources import account, region

Answer = dict[str, Any]
View = Callable[[Record], Answer]
REQUEST = "Request"
"""In the record of an image, the request that began its build."""


class ApiError(Exception):
    """The API refuses a call.

    :param code: the error's name in the API.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def require(arn: str) -> Record:
    """Return the record that has an ARN.

    :raises ApiError: if there is none.
    """
    record = find(arn)
    if record is None:
        raise ApiError("ResourceNotFoundException", f"The resource with the ARN '{arn}' does not exist.")
    return record


def summary(record: Record) -> Answer:
    """Return an image as the lists of builds show it."""
    build = course_of(record)
    state: Answer = {"status": build["status"]}
    if build["reason"]:
        state["reason"] = build["reason"]
    if build["failure"]:
        state["failureContext"] = {**build["failure"], "workflowArn": _failed_workflow(build)}
    return {
        "arn": record["Arn"],
        "name": record["Name"],
        "type": "AMI",
        "version": f"{record['Version']}/{record['Build']}",
        "platform": "Linux",
        "owner": account(),
        "state": state,
        "dateCreated": record["Created"],
        "outputResources": {"amis": record["Amis"]},
        "tags": record["Tags"],
        "buildType": record["BuildType"],
    }


def _failed_workflow(build: builds.Build) -> str:
    wanted = build["failure"]["workflowExecutionId"]
    return next(builds.workflow_arn(known, region()) for known in build["workflows"] if known["id"] == wanted)


def versions(found: list[Record]) -> list[Answer]:
    """Return the versions, each once, of which some builds are."""
    shown = {}
    for record in found:
        arn = record["Arn"].rpartition("/")[0]
        kept = {key: value for key, value in summary(record).items() if key not in ("state", "outputResources", "tags")}
        shown[arn] = {**kept, "arn": arn, "version": record["Version"]}
    return list(shown.values())


def image(record: Record, view: View) -> Answer:
    """Return an image as GetImage shows it.

    :param view: shows the resources that it was built from.
    """
    properties = record["Properties"]
    shown = {key: value for key, value in summary(record).items() if key != "owner"}
    parts = {
        "imageRecipe": image_making.RECIPE,
        "infrastructureConfiguration": image_making.INFRASTRUCTURE,
        "distributionConfiguration": image_making.DISTRIBUTION,
    }
    shown |= {name: view(record[key]) for name, key in parts.items() if record.get(key)}
    pipeline = find(properties.get("ImagePipelineArn", ""))
    if properties.get("ImagePipelineArn"):
        shown["sourcePipelineArn"] = properties["ImagePipelineArn"]
    if pipeline is not None:
        shown["sourcePipelineName"] = pipeline["Name"]
    tests = properties.get("ImageTestsConfiguration")
    if tests:
        shown["imageTestsConfiguration"] = {name[:1].lower() + name[1:]: value for name, value in tests.items()}
    return shown


def _once(operation: str, request: Answer, start: Callable[[], Record]) -> Answer:
    """Begin a build, unless the very same request has begun one: that one is the answer then.

    :raises ApiError: if another request had the same token.
    """
    token = request.get("clientToken", "")
    asked = {"operation": operation, **request}
    for known in records.everything(IMAGE.path) if token else ():
        before = known.get(REQUEST, {})
        if before == asked:
            return _begun(request, known)
        if before.get("clientToken") == token:
            text = f"The client token '{token}' was used before with other parameters."
            raise ApiError("IdempotentParameterMismatchException", text)
    record = start()
    record[REQUEST] = asked
    return _begun(request, record)


def _start_pipeline(request: Answer) -> Answer:
    pipeline = require(str(request.get("imagePipelineArn")))
    tags = request.get("tags", {})
    return _once("StartImagePipelineExecution", request, lambda: run_pipeline(pipeline, tags, "USER_INITIATED"))


def run_pipeline(pipeline: Record, tags: dict[str, str], kind: str) -> Record:
    """Begin a build of a pipeline, whether it is enabled or not.

    :param tags: of the image; the pipeline's own are not for it.
    :param kind: what began it, as the API calls it.
    """
    names = ("ImageRecipeArn", "InfrastructureConfigurationArn", "DistributionConfigurationArn",
             "ImageTestsConfiguration", "LoggingConfiguration")  # fmt: skip
    properties = {name: pipeline["Properties"][name] for name in names if name in pipeline["Properties"]}
    image = image_builds.start({**properties, "ImagePipelineArn": pipeline["Arn"], "Tags": tags}, kind=kind)
    image_logs.of_pipeline(pipeline, [f"Pipeline execution was started: {image['Arn']}"])
    return image


def _create_image(request: Answer) -> Answer:
    names = ("imageRecipeArn", "infrastructureConfigurationArn", "distributionConfigurationArn")
    properties: Answer = {
        name[0].upper() + name[1:]: require(request[name])["Arn"] for name in names if name in request
    }
    tests = request.get("imageTestsConfiguration", {})
    properties["ImageTestsConfiguration"] = {"ImageTestsEnabled": tests.get("imageTestsEnabled", True)}
    properties["Tags"] = request.get("tags", {})
    return _once("CreateImage", request, lambda: image_builds.start(properties))


def _distribute(request: Answer) -> Answer:
    wanted = str(request.get("sourceImage"))
    ami = image_parents.resolve(wanted)
    source = next((known for known in records.everything(IMAGE.path) if ami and known["ImageId"] == ami), None)
    if source is None:
        raise ApiError("ResourceNotFoundException", f"The source image '{wanted}' does not exist.")
    if course_of(source)["status"] != "AVAILABLE":
        raise ApiError("InvalidRequestException", f"The source image '{wanted}' is not available.")
    if not amis.architecture_of(ami):
        raise ApiError("InvalidRequestException", f"The AMI '{ami}' of the source image does not exist.")
    distribution = require(str(request.get("distributionConfigurationArn")))["Arn"]
    tags = request.get("tags", {})
    return _once("DistributeImage", request, lambda: image_builds.distribute(source, distribution, tags))


def _begun(request: Answer, record: Record) -> Answer:
    return {"clientToken": request.get("clientToken", ""), "imageBuildVersionArn": record["Arn"]}


def require_over(record: Record, what: str) -> None:
    """Refuse what cannot be done with an image while it is built.

    :param what: what cannot be done, for example `deleted`.
    :raises ApiError: if its build goes on.
    """
    status = course_of(record)["status"]
    if not builds.is_over(course_of(record)):
        message = f"The image build is {status} and cannot be {what}. Cancel it first."
        raise ApiError("InvalidRequestException", message)


def _cancel(request: Answer) -> Answer:
    record = require(str(request.get("imageBuildVersionArn")))
    if builds.is_over(course_of(record)):
        status = course_of(record)["status"]
        raise ApiError("InvalidRequestException", f"The image build is {status} and cannot be cancelled.")
    image_builds.cancel(record)
    return _begun(request, record)


def _retry(request: Answer) -> Answer:
    record = require(str(request.get("imageBuildVersionArn")))
    image_builds.retry(record)
    return _begun(request, record)


def _list_workflows(request: Answer) -> Answer:
    record = require(str(request.get("imageBuildVersionArn")))
    shown = [builds.shown_workflow(workflow, region()) for workflow in course_of(record)["workflows"]]
    return {"imageBuildVersionArn": record["Arn"], "workflowExecutions": shown}


def _get_workflow(request: Answer) -> Answer:
    record, workflow = _workflow(str(request.get("workflowExecutionId")))
    return {"imageBuildVersionArn": record["Arn"], **builds.shown_workflow(workflow, region())}


def _list_steps(request: Answer) -> Answer:
    record, workflow = _workflow(str(request.get("workflowExecutionId")))
    return {
        "steps": [builds.shown_step(step) for step in workflow["steps"]],
        "workflowBuildVersionArn": builds.workflow_arn(workflow, region()),
        "workflowExecutionId": workflow["id"],
        "imageBuildVersionArn": record["Arn"],
    }


def _get_step(request: Answer) -> Answer:
    wanted = str(request.get("stepExecutionId"))
    for record, workflow in _workflows():
        for step in workflow["steps"]:
            if step["id"] == wanted:
                return {**_place(record, workflow), **builds.shown_step(step), **_behaviour(step)}
    raise ApiError("ResourceNotFoundException", f"The step execution '{wanted}' does not exist.")


def _place(record: Record, workflow: Workflow) -> Answer:
    return {
        "workflowBuildVersionArn": builds.workflow_arn(workflow, region()),
        "workflowExecutionId": workflow["id"],
        "imageBuildVersionArn": record["Arn"],
    }


def _behaviour(step: Step) -> Answer:
    return {"onFailure": "Continue" if step["action"] == "TerminateInstance" else "Abort"}


def _workflow(identifier: str) -> tuple[Record, Workflow]:
    for record, workflow in _workflows():
        if workflow["id"] == identifier:
            return record, workflow
    raise ApiError("ResourceNotFoundException", f"The workflow execution '{identifier}' does not exist.")


def _workflows() -> list[tuple[Record, Workflow]]:
    known = records.everything(IMAGE.path)
    return [(record, workflow) for record in known for workflow in course_of(record)["workflows"]]


OPERATIONS: dict[str, Callable[[Answer], Answer]] = {
    "StartImagePipelineExecution": _start_pipeline,
    "CreateImage": _create_image,
    "DistributeImage": _distribute,
    "CancelImageCreation": _cancel,
    "RetryImage": _retry,
    "ListWorkflowExecutions": _list_workflows,
    "GetWorkflowExecution": _get_workflow,
    "ListWorkflowStepExecutions": _list_steps,
    "GetWorkflowStepExecution": _get_step,
}
"""By operation; each gets the request and returns the answer."""

LISTS = {"ListWorkflowExecutions": "workflowExecutions", "ListWorkflowStepExecutions": "steps"}
"""By operation, the list of its answer, which comes in pages."""
