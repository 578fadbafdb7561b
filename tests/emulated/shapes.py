"""Hold what a service answers against botocore's own description of that service."""

from __future__ import annotations

from typing import Any

from botocore.model import OperationModel
from botocore.validate import ParamValidator

ERRORS_OF_ANY_OPERATION = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature",
        "InternalError", "InternalFailure", "InvalidAction", "InvalidClientTokenId", "InvalidParameterCombination",
        "InvalidParameterValue", "InvalidSignatureException", "MissingAuthenticationToken", "MissingParameter",
        "RequestExpired", "RequestLimitExceeded", "ServiceUnavailable", "SignatureDoesNotMatch", "Throttling",
        "ThrottlingException", "TooManyRequestsException", "UnauthorizedOperation", "UnrecognizedClientException",
        "ValidationError", "ValidationException",
    }
)  # fmt: skip
"""What every service may answer, from "Common Error Types" in the API reference of each; no operation lists them."""


class ShapeError(AssertionError):
    """An answer does not look as the service's description says."""


def check_answer(model: OperationModel, status: int, parsed: dict[str, Any]) -> None:
    """Check one answer of an AWS service.

    :param model: the operation, from botocore.
    :param status: HTTP status.
    :param parsed: the answer as botocore has parsed it.
    :raises ShapeError: if a member has a wrong type or is missing, or if the service knows no such error.
    """
    where = f"{model.service_model.service_name} {model.name}"
    if status >= 300:
        code = str(parsed.get("Error", {}).get("Code", ""))
        if not is_known_error(model, code):
            raise ShapeError(f"{where} answers with the error {code!r}, which its description does not know")
    elif model.output_shape is not None:
        content = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        streaming = model.output_shape.metadata.get("payload") if model.has_streaming_output else None
        content.pop(streaming or "", None)
        report = ParamValidator().validate(content, model.output_shape)
        if report.has_errors():
            raise ShapeError(f"{where}: {report.generate_report()}")


def is_known_error(model: OperationModel, code: str) -> bool:
    """Tell whether a service may answer with an error; one that lists none, as EC2, or few, as S3, may with any.

    An operation's own list is not complete: GetImage of Image Builder answers with ResourceNotFoundException.
    """
    shapes = model.service_model.error_shapes
    names = {shape.name for shape in shapes} | {shape.metadata.get("error", {}).get("code") for shape in shapes}
    return not shapes or model.service_model.service_name == "s3" or code in names or code in ERRORS_OF_ANY_OPERATION


def watch(client: Any) -> Any:
    """Return the same boto3 client; from now on each of its answers is checked."""

    def check(http_response: Any, parsed: dict[str, Any], model: OperationModel, **_rest: Any) -> None:
        check_answer(model, http_response.status_code, parsed)

    client.meta.events.register("after-call.*.*", check)
    return client
