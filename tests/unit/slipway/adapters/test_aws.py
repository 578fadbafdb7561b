"""What AWS answers badly becomes an error that says what to do, without what only AWS can read."""

from __future__ import annotations

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProfileNotFound,
)

from slipway.adapters.aws import session, translated
from slipway.domain.errors import RefusedError, SlipwayError, UnreachableError


def refusal(code: str, message: str = "", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "GetImage")


@pytest.mark.parametrize(
    ("raised", "kind", "code"),
    [
        (NoCredentialsError(), RefusedError, "no-credentials"),
        (ProfileNotFound(profile="none"), RefusedError, "no-credentials"),
        (refusal("ExpiredTokenException"), RefusedError, "credentials-expired"),
        (refusal("InvalidClientTokenId"), RefusedError, "credentials-unknown"),
        (refusal("AccessDeniedException"), RefusedError, "not-allowed"),
        (refusal("UnauthorizedOperation", status=403), RefusedError, "not-allowed"),
        (refusal("CallRateLimitExceededException", status=429), UnreachableError, "aws-busy"),
        (refusal("ServiceException", status=500), UnreachableError, "aws-busy"),
        (refusal("ResourceNotFoundException"), RefusedError, "ResourceNotFoundException"),
        (EndpointConnectionError(endpoint_url="https://x"), UnreachableError, "aws-unreachable"),
        (ParamValidationError(report="bad"), SlipwayError, "aws-call-impossible"),
    ],
)
def test_each_answer_has_its_error(raised, kind, code):
    with pytest.raises(kind) as error, translated("us-east-1"):
        raise raised

    assert error.value.code == code
    assert error.value.next_step
    assert error.value.__cause__ is raised


@pytest.mark.parametrize(
    ("endpoint", "is_embedded"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://s3.localhost:4566", True),
        ("https://ec2.amazonaws.com", False),
    ],
)
def test_an_embedded_aws_that_does_not_answer_is_to_be_started(endpoint, is_embedded):
    with pytest.raises(UnreachableError) as error, translated("us-east-1"):
        raise EndpointConnectionError(endpoint_url=endpoint)

    assert ("make up" in error.value.next_step) is is_embedded


def test_a_refusal_names_action_and_resource_and_nothing_that_is_encoded():
    message = (
        "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: imagebuilder:GetImage on resource: "
        "arn:aws:imagebuilder:x Encoded authorization failure message: SECRETSECRET"
    )

    with pytest.raises(RefusedError, match="imagebuilder:GetImage on resource: arn") as error, translated("us-east-1"):
        raise refusal("AccessDenied", message)

    assert "SECRET" not in str(error.value)


def test_a_profile_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(RefusedError, match="nobody"):
        session()
