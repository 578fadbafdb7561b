"""EC2 Image Builder's API, as far as tools ask it: get, list, delete, tags; and, in :mod:`image_build_calls`, builds.

Other resources than images are made through CloudFormation only, but for distribution configurations, which tools make
for one distribution; other operations are refused by name.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from emulator.drift.shape import pascal
from emulator.image_builds.pages import PageError, page_of
from emulator.plugin import image_build_calls as calls
from emulator.plugin import image_builds, image_lifecycle, image_schedules, records
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_build_calls import ApiError, require
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
    require_unused,
    store,
)

_app = borrow("app", "SERVICE_HANDLERS")
_router = borrow("core.router", "SERVICE_PATTERNS")

Response = tuple[int, dict[str, str], bytes]

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
_FILTERS = {
    "ListImages": {"name", "osVersion", "platform", "type", "version"},
    "ListImageBuildVersions": {"name", "osVersion", "platform", "type", "version"},
    "ListImagePipelineImages": {"name", "version"},
}
"""What images may be filtered by. Source: botocore's description of these operations."""
_STATUSES = {"ResourceNotFoundException": 404}
_GETS = {
    "GetComponent": "component",
    "GetImage": "image",
    "GetImagePipeline": "imagePipeline",
    "GetImageRecipe": "imageRecipe",
    "GetInfrastructureConfiguration": "infrastructureConfiguration",
    "GetDistributionConfiguration": "distributionConfiguration",
    "GetLifecyclePolicy": "lifecyclePolicy",
}


_NAMES = {"LaunchPermissionConfiguration": "launchPermission"}


def camel(value: Any) -> Any:
    """Return a CloudFormation property value with the API's names of keys; those of tags stay as they are."""
    match value:
        case dict():
            return {
                _NAMES.get(key, key[:1].lower() + key[1:]): inner if key.endswith(("Tags", "TagMap")) else camel(inner)
                for key, inner in value.items()
            }
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
    if "distributions" in shown:
        # The longest that Image Builder lets a distribution take, where nothing else is said.
        shown.setdefault("timeoutMinutes", 720)
    if shown.get("parentImage") is None:
        shown.pop("parentImage", None)
    return {**shown, **image_schedules.shown(record)} if f":{PIPELINE.path}/" in record["Arn"] else shown


def _list(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    kind, key = _LISTS[operation]
    filters = request.get("filters", [])
    for wanted_by in filters:
        if operation in _FILTERS and wanted_by["name"] not in _FILTERS[operation]:
            raise _not_valid(wanted_by["name"])
    wanted = next((value for name, value in request.items() if name.endswith("Arn")), None)
    chosen = [record for record in records.everything(kind.path) if wanted is None or _belongs(record, wanted)]
    if request.get("owner", "Self") != "Self":
        # What AWS and others offer is not known here.
        chosen = []
    shown = [calls.summary(record) if kind is IMAGE else view(record) for record in chosen]
    if operation == "ListImages":
        shown = calls.versions(chosen)
    return paged({key: [known for known in shown if _passes(known, filters)]}, key, request)


def paged(answer: dict[str, Any], key: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with one page of its list, and the token of the next one.

    :param key: of the list.
    :raises ApiError: if the request names no page.
    """
    try:
        items, token = page_of(answer[key], request)
    except PageError as error:
        raise ApiError(error.code, str(error)) from error
    return {**answer, key: list(items), **({"nextToken": token} if token else {})}


def _passes(shown: dict[str, Any], filters: list[dict[str, Any]]) -> bool:
    """Tell whether all filters let an item through; one lets through what has one of its values."""
    return all(_value_of(shown, wanted["name"]) in wanted["values"] for wanted in filters)


def _value_of(shown: dict[str, Any], name: str) -> str:
    if name not in shown:
        raise _not_valid(name)
    # A filter names a version without its build.
    return str(shown[name]).partition("/")[0] if name == "version" else str(shown[name])


def _not_valid(name: str) -> ApiError:
    return ApiError("InvalidRequestException", f"The filter '{name}' is not valid for this request.")


def _belongs(record: Record, arn: str) -> bool:
    return bool(record["Properties"].get("ImagePipelineArn") == arn or record["Arn"].startswith(f"{arn}/"))


def _get(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    record = require(_arn_in(request))
    return {_GETS[operation]: calls.image(record, view) if operation == "GetImage" else view(record)}


def _arn_in(request: dict[str, Any]) -> str:
    return str(next((value for name, value in request.items() if name.endswith("Arn")), ""))


def _delete(request: dict[str, Any]) -> dict[str, Any]:
    arn = _arn_in(request)
    kind = require(arn)["Arn"].split(":", 5)[5].partition("/")[0]
    if kind == IMAGE.path:
        calls.require_over(require(arn), "deleted")
        image_builds.delete(arn, with_amis=False)
    else:
        require_unused(arn)
        records.remove(kind, arn)
    return {}


def _create_distribution(request: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in request.items() if key != "clientToken"}
    record = store(DISTRIBUTION, request["name"], pascal(kept))
    return {"clientToken": request.get("clientToken", ""), "distributionConfigurationArn": record["Arn"]}


def _list_executions(request: dict[str, Any]) -> dict[str, Any]:
    policy = require(str(request.get("resourceArn")))
    answer = {"lifecycleExecutions": image_lifecycle.executions(policy["Arn"])}
    return paged(answer, "lifecycleExecutions", request)


def _list_execution_resources(request: dict[str, Any]) -> dict[str, Any]:
    record = _execution(request)
    state = {"lifecycleExecutionState": record["Execution"]["state"], "resources": record["Resources"]}
    return paged({"lifecycleExecutionId": request["lifecycleExecutionId"], **state}, "resources", request)


def _execution(request: dict[str, Any]) -> Record:
    identifier = str(request.get("lifecycleExecutionId"))
    record = image_lifecycle.execution(identifier)
    if record is None:
        raise ApiError("ResourceNotFoundException", f"The lifecycle execution '{identifier}' does not exist.")
    return record


_OTHERS = {
    "CreateDistributionConfiguration": _create_distribution,
    "ListLifecycleExecutions": _list_executions,
    "GetLifecycleExecution": lambda request: {"lifecycleExecution": _execution(request)["Execution"]},
    "ListLifecycleExecutionResources": _list_execution_resources,
}


def _tags(method: str, arn: str, request: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    tags = require(arn)["Tags"]
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
    if operation in _OTHERS:
        return _OTHERS[operation](request)
    if operation in calls.OPERATIONS:
        reply = calls.OPERATIONS[operation](request)
        return paged(reply, calls.LISTS[operation], request) if operation in calls.LISTS else reply
    raise ApiError("InvalidRequestException", f"the emulator does not know the operation {operation!r}")


async def _handle(method: str, path: str, _headers: object, body: bytes, query: dict[str, list[str]]) -> Response:
    request = json.loads(body) if body else {}
    request |= {name: values[0] for name, values in query.items()}
    headers = {"Content-Type": "application/json"}
    try:
        reply = answer(method, path, request, query)
    except (ApiError, ValueError) as error:
        code = getattr(error, "code", "InvalidRequestException")
        refusal = {"message": str(error), "__type": code}
        return _STATUSES.get(code, 400), {**headers, "x-amzn-errortype": code}, json.dumps(refusal).encode()
    return 200, headers, json.dumps({"requestId": str(uuid.uuid4()), **reply}).encode()


def install() -> None:
    """Add the service to the emulator."""
    module = ModuleType("ministack.services.slipway_imagebuilder")
    vars(module)["handle_request"] = _handle
    sys.modules[module.__name__] = module
    _router.SERVICE_PATTERNS["imagebuilder"] = {"host_patterns": [], "credential_scope": "imagebuilder"}
    _app.SERVICE_HANDLERS["imagebuilder"] = _handle
