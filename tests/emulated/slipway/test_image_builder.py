"""Image Builder's API, where the commands' tests do not go."""

from __future__ import annotations

import boto3
import pytest

from slipway.adapters.aws import ATTEMPTS
from slipway.adapters.image_builder import ImageBuilder, _wait_if_throttled
from slipway.domain.errors import RefusedError
from tests.emulated.slipway.workshop import HOME


def test_what_has_ended_is_not_cancelled_and_what_is_gone_is_not_deleted(workshop):
    builder = ImageBuilder(boto3.Session(), HOME)
    arn = workshop.built()["arn"]

    builder.cancel(arn)
    assert builder.image(arn).status == "AVAILABLE"
    for _ in range(2):
        builder.delete(arn)
    with pytest.raises(RefusedError, match="GetImage in us-east-1 was refused: ResourceNotFoundException"):
        builder.image(arn)
    builder.forget_distributions("none")


@pytest.mark.parametrize(
    ("attempts", "code", "seconds"),
    [
        (1, "CallRateLimitExceededException", 1.0),
        (7, "CallRateLimitExceededException", 20.0),
        (ATTEMPTS, "CallRateLimitExceededException", None),
        (1, "InvalidRequestException", None),
    ],
)
def test_image_builders_own_throttling_is_waited_out(attempts, code, seconds):
    assert _wait_if_throttled(attempts, (object(), {"Error": {"Code": code}})) == seconds
    assert _wait_if_throttled(attempts, None) is None
