"""Reading who may see the dashboard."""

import io

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from contract.users import DashboardAccess, Users
from lambda_src.proxy_management.users_secret import UsersSecret, secrets_client
from lambda_src.shared.errors import UnavailableError
from lambda_src.shared.tracing import Tracer
from tests.unit.lambda_src.proxy_management.people import ACCESS

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slipway-test-dashboard-users-a1B2c3"


class FakeSecrets:
    def __init__(self):
        self.text = ACCESS.to_json()
        self.failure = None
        self.calls = 0
        self.now = 0.0

    def get_secret_value(self, *, SecretId):  # noqa: N803 - AWS's name
        assert SecretId == "arn"
        self.calls += 1
        if self.failure:
            raise self.failure
        return {"SecretString": self.text}


@pytest.fixture
def secrets():
    return FakeSecrets()


@pytest.fixture
def secret(secrets):
    return UsersSecret(lambda: secrets, "arn", lambda: secrets.now)


def test_it_is_read_once_a_minute(secret, secrets):
    for secrets.now in (0.0, 59.9):
        assert secret.read().users.names == ["alice"]
    assert secrets.calls == 1
    secrets.text = DashboardAccess(Users({}), ACCESS.session_key).to_json()
    secrets.now = 60.0
    assert secret.read().users.names == []
    assert secrets.calls == 2


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "arn"}}, "GetSecretValue"), "AccessDenied"),
        (EndpointConnectionError(endpoint_url="https://secret"), "EndpointConnectionError"),
    ],
)
def test_nobody_is_let_in_while_it_cannot_be_read(secret, secrets, failure, reason):
    secret.read()
    secrets.now, secrets.failure = 60.0, failure
    for _ in range(2):
        with pytest.raises(UnavailableError, match=f"could not read who may sign in: .*{reason}") as caught:
            secret.read()
        assert "https://secret" not in caught.value.message
    secrets.failure = None
    assert secret.read().users.names == ["alice"]


def test_what_it_holds_is_never_told(secret, secrets):
    secrets.text = '{"users": {"alice": "plain-text"}, "session_key": "' + "k" * 64 + '"}'
    with pytest.raises(UnavailableError, match="set that password again") as caught:
        secret.read()
    assert "plain-text" not in caught.value.message


def test_the_client_waits_for_seconds_and_no_longer(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    config = secrets_client(Tracer(send=io.BytesIO().write)).meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (1.0, 5.0, 2)


def test_deployments_can_be_told_apart_though_their_environments_have_one_name():
    here, there = (
        UsersSecret(FakeSecrets, arn, lambda: 0.0).mark for arn in (ARN, ARN.replace("eu-west-1", "us-east-1"))
    )
    assert here != there
    assert here == UsersSecret(FakeSecrets, ARN, lambda: 0.0).mark
    assert len(here) == 8
    assert set(here) <= set("0123456789abcdef")  # so that it may be a part of a cookie's name
