import pytest

from lambda_src.proxy_management.callers import UNKNOWN, signer


def test_who_signed():
    arn = "arn:aws:sts::111122223333:assumed-role/slipway-production-instance/i-0abc"
    assert signer({"requestContext": {"authorizer": {"iam": {"userArn": arn, "userId": "AROA:i-0abc"}}}}) == arn


@pytest.mark.parametrize("event", [{}, {"requestContext": {}}, {"requestContext": {"authorizer": {"iam": {}}}}])
def test_nobody_is_made_up(event):
    assert signer(event) == UNKNOWN
