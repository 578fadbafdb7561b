"""What AWS says when it refuses: codes, statuses and words, of the services and of CloudFormation about them.

Which codes mean throttling is taken from botocore's own list (`botocore/data/_retry.json`) and from the "Common Error
Types" and "Errors" sections of each service's API reference; SDKs try these again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from emulator.faults.rules import Rule


@dataclass(frozen=True)
class Refusal:
    """An error of a service.

    :param code: error code.
    :param status: HTTP status.
    :param message: its words.
    """

    code: str
    status: int
    message: str


_THROTTLES = {
    "apigateway": ("TooManyRequestsException", 429),
    "autoscaling": ("Throttling", 400),
    "cloudformation": ("Throttling", 400),
    "cloudfront": ("Throttling", 400),
    "comprehend": ("TooManyRequestsException", 400),
    "ec2": ("RequestLimitExceeded", 503),
    "elasticloadbalancing": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "imagebuilder": ("CallRateLimitExceededException", 429),
    "lambda": ("TooManyRequestsException", 429),
    "monitoring": ("Throttling", 400),
    "route53": ("Throttling", 400),
    "s3": ("SlowDown", 503),
    "sns": ("Throttling", 400),
    "sts": ("Throttling", 400),
}
_USUAL_THROTTLE = ("ThrottlingException", 400)
_THROTTLE_WORDS = {"ec2": "Request limit exceeded.", "s3": "Please reduce your request rate."}
_SERVER_WORDS = "The request processing has failed because of an unknown error, exception or failure."
_STATUS_CODES = {503: "ServiceUnavailable", 504: "GatewayTimeout", 502: "BadGateway", 429: "ThrottlingException"}
_TITLES = {
    "autoscaling": "AutoScaling",
    "ec2": "Ec2",
    "elasticloadbalancing": "ElasticLoadBalancingV2",
    "iam": "Iam",
    "imagebuilder": "Imagebuilder",
    "kms": "Kms",
    "lambda": "Lambda",
    "logs": "CloudWatchLogs",
    "monitoring": "CloudWatch",
    "route53": "Route53",
    "s3": "S3",
    "secretsmanager": "SecretsManager",
    "sns": "Sns",
    "ssm": "Ssm",
}

_HANDLER_CODES = {
    "AlreadyExists": "AlreadyExists",
    "NotFound": "NotFound",
    "Conflict": "ResourceConflict",
    "LimitExceeded": "ServiceLimitExceeded",
    "Validation": "InvalidRequest",
    "InvalidParameter": "InvalidRequest",
}
"""By a part of the service's error code; the handler codes and which are retriable: see :data:`ATTEMPTS`."""

ATTEMPTS = 5
"""How often CloudFormation calls a service that is busy or failing before it gives a resource up. AWS publishes no
number, only that Throttling, ServiceInternalError, ResourceConflict and NetworkFailure are retriable:
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html
"""


def refusal(rule: Rule, service: str) -> Refusal:
    """Return the error with which a service answers under a `throttle` or an `error`.

    :param service: as the emulator's router calls it.
    """
    effect = rule.effect
    if rule.fault.name == "throttle":
        code, status = _THROTTLES.get(service, _USUAL_THROTTLE)
        words = _THROTTLE_WORDS.get(service, "Rate exceeded")
    else:
        status = effect.status or 500
        code = _STATUS_CODES.get(status, "InternalFailure")
        words = _SERVER_WORDS
    return Refusal(effect.code or code, effect.status or status, effect.message or words)


def denial(rule: Rule, caller: str, service: str, action: str) -> Refusal:
    """Return the error with which a service answers CloudFormation under a `deny`.

    :param caller: the principal's ARN.
    """
    words = rule.effect.message or (
        f"User: {caller} is not authorized to perform: {service}:{action} because no identity-based policy allows the "
        f"{service}:{action} action"
    )
    return Refusal("AccessDenied", 403, words)


def is_retried(problem: Refusal) -> bool:
    """Tell whether CloudFormation tries again after this."""
    return _handler_code(problem) in ("Throttling", "ServiceInternalError", "ResourceConflict")


def handler_words(problem: Refusal, service: str, request_id: str) -> str:
    """Return the reason that a stack's event gives for a service's error, as CloudFormation words it."""
    title = _TITLES.get(service, service.capitalize())
    said = f"{problem.message} (Service: {title}, Status Code: {problem.status}, Request ID: {request_id})"
    return _reason(said, request_id, _handler_code(problem))


def failure_words(rule: Rule, type_name: str, identifier: str, request_id: str) -> str:
    """Return the reason that a stack's event gives under a `fail-*`."""
    if rule.effect.message:
        return rule.effect.message
    said = f"Resource of type '{type_name}' with identifier '{identifier}' did not stabilize."
    return _reason(said, request_id, "NotStabilized")


def vanished_words(type_name: str, identifier: str, request_id: str) -> str:
    """Return the reason that a stack's event gives for a resource that is gone."""
    said = f"Resource of type '{type_name}' with identifier '{identifier}' was not found."
    return _reason(said, request_id, "NotFound")


def taken_words(type_name: str, name_property: str, name: str, request_id: str) -> str:
    """Return the reason that a stack's event gives for a resource whose name another one has."""
    identifier = json.dumps({f"/properties/{name_property}": name}, separators=(",", ":"))
    said = f"Resource of type '{type_name}' with identifier '{identifier}' already exists."
    return _reason(said, request_id, "AlreadyExists")


def _reason(said: str, token: str, code: str) -> str:
    return f'Resource handler returned message: "{said}" (RequestToken: {token}, HandlerErrorCode: {code})'


def _handler_code(problem: Refusal) -> str:
    if problem.status == 429 or "Throttl" in problem.code or problem.code in ("RequestLimitExceeded", "SlowDown"):
        return "Throttling"
    if problem.status >= 500:
        return "ServiceInternalError"
    named = (code for part, code in _HANDLER_CODES.items() if part in problem.code)
    return next(named, "AccessDenied" if problem.status == 403 else "GeneralServiceException")


def function_error(rule: Rule, request_id: str, timeout: float) -> tuple[str, str]:
    """Return the type and the words of the error that a failing function's caller gets.

    :param timeout: of the function, in seconds.
    """
    match rule.fault.name:
        case "function-timeout":
            return "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
        case "function-init-error":
            words = "Unable to import module 'handler': No module named 'missing'"
            return "Runtime.ImportModuleError", rule.effect.message or words
        case _:
            return "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: exit status 1"
