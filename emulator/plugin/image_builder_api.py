"""EC2 Image Builder's API, as far as tools ask it: get, list, delete, tags, and starting a pipeline.

Resources are made through CloudFormation only; other operations are refused by name.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from emulator.plugin import records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import (
    COMPONENT,
    DISTRIBUTION,
    IMAGE,
    INFRASTRUCTURE,
    LIFECYCLE,
    PIPELINE,
    RECIPE,
    Kind,
    Record,
    build_image,
    delete_image,
    find,
)

_app = borrow("app", "SERVICE_HANDLERS")
_router = borrow("core.router", "SERVICE_PATTERNS")

Response = tuple[int, dict[str, str], bytes]
Call = Callable[[dict[str, Any]], dict[str, Any]]

_LISTS: dict[str, tuple[Kind, str]] = {
    "ListComponents": (COMPONENT, "componentVersionList"),
    "ListComponentBuildVersions": (COMPONENT, "componentSummaryList"),
    "ListImageRecipes": (RECIPE, "imageRecipeSummaryList"),
    "ListInfrastructureConfigurations": (INFRASTRUCTURE, "infrastructureConfigurationSummaryList"),
    "ListDistributionConfigurations": (DISTRIBUTION, "distributionConfigurationSummaryList"),
    "ListImagePipelines": (PIPELINE, "imagePipelineList"),
    "ListImages": (IMAGE, "imageVersionList"),
    "ListImageBuildVersions": (IMAGE, "imageSummaryList"),
    "ListImagePipelineImages": (IMAGE, "imageSummaryList"),
    "ListLifecyclePolicies": (LIFECYCLE, "lifecyclePolicySummaryList"),
}
_GETS = {
    "GetComponent": "component",
    "GetImage": "image",
    "GetImagePipeline": "imagePipeline",
    "GetImageRecipe": "imageRecipe",
    "GetInfrastructureConfiguration": "infrastructureConfiguration",
    "GetDistributionConfiguration": "distributionConfiguration",
    "GetLifecyclePolicy": "lifecyclePolicy",
}


class ApiError(Exception):
    """The API refuses a call.

    :param code: the error's name in the API.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def camel(value: Any) -> Any:
    """Return a CloudFormation property value with the API's spelling of keys."""
    match value:
        case dict():
            return {key[:1].lower() + key[1:]: camel(inner) for key, inner in value.items()}
        case list():
            return [camel(inner) for inner in value]
        case _:
            return value


def view(record: Record) -> dict[str, Any]:
    """Return a record as the API shows it."""
    shown = {**camel(record["Properties"]), "arn": record["Arn"], "name": record["Name"], "tags": record["Tags"]}
    shown["dateCreated"] = record["Created"]
    if record["Version"]:
        shown["version"] = record["Version"]
    if record["Arn"].split(":", 5)[5].startswith("image/"):
        ami = {"image": record["ImageId"], "region": record["Arn"].split(":")[3], "name": record["Name"]}
        shown["outputResources"] = {"amis": [ami]}
        shown["state"] = {"status": "AVAILABLE"}
        shown.pop("imageRecipeArn", None)
    if shown.get("parentImage") is None:
        shown.pop("parentImage", None)
    return shown


def _require(arn: str) -> Record:
    record = find(arn)
    if record is None:
        raise ApiError("ResourceNotFoundException", f"The resource with the ARN '{arn}' does not exist.")
    return record


def _list(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    kind, key = _LISTS[operation]
    wanted = next((value for name, value in request.items() if name.endswith("Arn")), None)
    chosen = [record for record in records.everything(kind.path) if wanted is None or _belongs(record, wanted)]
    return {key: [view(record) for record in chosen]}


def _belongs(record: Record, arn: str) -> bool:
    return bool(record["Properties"].get("ImagePipelineArn") == arn or record["Arn"].startswith(f"{arn}/"))


def _get(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    return {_GETS[operation]: view(_require(_arn_in(request)))}


def _arn_in(request: dict[str, Any]) -> str:
    return str(next((value for name, value in request.items() if name.endswith("Arn")), ""))


def _delete(request: dict[str, Any]) -> dict[str, Any]:
    arn = _arn_in(request)
    kind = _require(arn)["Arn"].split(":", 5)[5].partition("/")[0]
    if kind == IMAGE.path:
        delete_image(arn, with_ami=False)
    else:
        records.remove(kind, arn)
    return {}


def _start_pipeline(request: dict[str, Any]) -> dict[str, Any]:
    pipeline = _require(str(request.get("imagePipelineArn")))
    names = ("ImageRecipeArn", "InfrastructureConfigurationArn", "DistributionConfigurationArn")
    properties = {name: pipeline["Properties"][name] for name in names if name in pipeline["Properties"]}
    image = build_image({**properties, "ImagePipelineArn": pipeline["Arn"], "Tags": pipeline["Tags"]})
    return {"clientToken": request.get("clientToken", ""), "imageBuildVersionArn": image["Arn"]}


def _tags(method: str, arn: str, request: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    tags = _require(arn)["Tags"]
    match method:
        case "GET":
            return {"tags": tags}
        case "POST":
            tags.update(request.get("tags", {}))
        case "DELETE":
            for key in keys:
                tags.pop(key, None)
    return {}


def answer(method: str, path: str, request: dict[str, Any], query: dict[str, list[str]]) -> dict[str, Any]:
    """Do one call and return the body of its reply.

    :raises ApiError: if it is refused.
    """
    operation = path.strip("/")
    if operation.startswith("tags/"):
        return _tags(method, unquote(operation.removeprefix("tags/")), request, query.get("tagKeys", []))
    if operation in _LISTS:
        return _list(operation, request)
    if operation in _GETS:
        return _get(operation, request)
    if re.match(r"Delete\w+", operation):
        return _delete(request)
    if operation == "StartImagePipelineExecution":
        return _start_pipeline(request)
    raise ApiError("InvalidRequestException", f"the emulator does not know the operation {operation!r}")


async def _handle(method: str, path: str, _headers: object, body: bytes, query: dict[str, list[str]]) -> Response:
    request = json.loads(body) if body else {}
    request |= {name: values[0] for name, values in query.items()}
    headers = {"Content-Type": "application/json"}
    try:
        reply = answer(method, path, request, query)
    except (ApiError, ValueError) as error:
        code = error.code if isinstance(error, ApiError) else "InvalidRequestException"
        refusal = {"message": str(error), "__type": code}
        return 400, {**headers, "x-amzn-errortype": code}, json.dumps(refusal).encode()
    return 200, headers, json.dumps({"requestId": str(uuid.uuid4()), **reply}).encode()


def install() -> None:
    """Add the service to the emulator."""
    module = ModuleType("ministack.services.slipway_imagebuilder")
    vars(module)["handle_request"] = _handle
    sys.modules[module.__name__] = module
    _router.SERVICE_PATTERNS["imagebuilder"] = {"host_patterns": [], "credential_scope": "imagebuilder"}
    _app.SERVICE_HANDLERS["imagebuilder"] = _handle
