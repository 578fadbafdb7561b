"""What AWS says when it refuses."""

from __future__ import annotations

import pytest

from emulator.faults import answers
from emulator.faults.answers import Refusal
from emulator.faults.catalogue import BY_NAME
from emulator.faults.rules import Effect, Rule


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("lambda", "TooManyRequestsException", 429),
        ("ec2", "RequestLimitExceeded", 503),
        ("s3", "SlowDown", 503),
        ("cloudformation", "Throttling", 400),
        ("imagebuilder", "CallRateLimitExceededException", 429),
        ("dynamodb", "ThrottlingException", 400),
    ],
)
def test_each_service_throttles_in_its_own_words(service: str, code: str, status: int) -> None:
    said = answers.refusal(Rule(BY_NAME["throttle"]), service)

    assert (said.code, said.status) == (code, status)


@pytest.mark.parametrize(
    ("effect", "code", "status"),
    [
        (Effect(), "InternalFailure", 500),
        (Effect(status=503), "ServiceUnavailable", 503),
        (Effect(code="LimitExceededException", status=400), "LimitExceededException", 400),
    ],
)
def test_an_error_is_a_failure_of_the_service_unless_told_otherwise(effect: Effect, code: str, status: int) -> None:
    said = answers.refusal(Rule(BY_NAME["error"], effect=effect), "sqs")

    assert (said.code, said.status) == (code, status)


@pytest.mark.parametrize(
    ("problem", "retried"),
    [
        (Refusal("TooManyRequestsException", 429, ""), True),
        (Refusal("Throttling", 400, ""), True),
        (Refusal("SlowDown", 503, ""), True),
        (Refusal("InternalFailure", 500, ""), True),
        (Refusal("AccessDenied", 403, ""), False),
        (Refusal("LimitExceededException", 400, ""), False),
    ],
)
def test_cloudformation_tries_again_what_may_pass(problem: Refusal, retried: bool) -> None:
    assert answers.is_retried(problem) is retried


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (Refusal("LimitExceededException", 400, ""), "ServiceLimitExceeded"),
        (Refusal("ResourceConflictException", 409, ""), "ResourceConflict"),
        (Refusal("EntityAlreadyExists", 409, ""), "AlreadyExists"),
        (Refusal("ResourceNotFoundException", 404, ""), "NotFound"),
        (Refusal("UnauthorizedOperation", 403, ""), "AccessDenied"),
        (Refusal("Odd", 400, ""), "GeneralServiceException"),
    ],
)
def test_cloudformation_has_its_own_codes_for_errors_of_services(problem: Refusal, code: str) -> None:
    assert f"HandlerErrorCode: {code})" in answers.handler_words(problem, "iam", "1")


def test_a_stack_event_says_what_the_service_said() -> None:
    said = answers.handler_words(answers.refusal(Rule(BY_NAME["throttle"]), "lambda"), "lambda", "1-2-3")

    assert said == (
        'Resource handler returned message: "Rate exceeded (Service: Lambda, Status Code: 429, Request ID: 1-2-3)" '
        "(RequestToken: 1-2-3, HandlerErrorCode: Throttling)"
    )


def test_a_denial_names_caller_and_action() -> None:
    said = answers.denial(Rule(BY_NAME["deny"]), "arn:aws:iam::1:root", "ssm", "PutParameter")

    assert said.message.startswith("User: arn:aws:iam::1:root is not authorized to perform: ssm:PutParameter because ")
    assert "HandlerErrorCode: AccessDenied" in answers.handler_words(said, "ssm", "1")


def test_a_failed_operation_gives_its_own_reason_or_the_usual_one() -> None:
    usual = answers.failure_words(Rule(BY_NAME["fail-create"]), "AWS::EC2::VPC", "Vpc", "1")
    own = answers.failure_words(Rule(BY_NAME["fail-create"], effect=Effect(message="no room")), "T", "Vpc", "1")

    assert "Resource of type 'AWS::EC2::VPC' with identifier 'Vpc' did not stabilize." in usual
    assert own == "no room"
    assert "HandlerErrorCode: NotFound" in answers.vanished_words("AWS::EC2::VPC", "vpc-1", "1")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("function-timeout", "Sandbox.Timedout", "Task timed out after 3.00 seconds"),
        ("function-crash", "Runtime.ExitError", "Runtime exited with error: exit status 1"),
        ("function-init-error", "Runtime.ImportModuleError", "Unable to import module"),
    ],
)
def test_a_function_fails_as_lambda_reports_it(fault: str, kind: str, words: str) -> None:
    said = answers.function_error(Rule(BY_NAME[fault]), "1-2-3", 3)

    assert said[0] == kind
    assert words in said[1]
