"""What an instance reads from SSM and Secrets Manager, and what it says when something is not there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from contract.components import Function
from contract.proxy_settings import ProxySettings
from slipway_proxy import certificate_authority
from slipway_proxy.deployment import (
    BootError,
    NotYetError,
    function_urls,
    obtain_authority,
    read_parameters,
    read_settings,
    users_secret,
)

from .conftest import NOW, settings

PREFIX = "/slipway/test"
ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:slipway-test-ca-AbCdEf"


def error(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "because"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Operation")


def parameters(**changes: str | None) -> dict[str, str]:
    values: dict[str, str | None] = {
        "proxy/settings": settings().to_json(),
        "proxy/ca-secret-arn": ARN,
        **{f"functions/{function.value}/url": f"https://{function.value}.test/" for function in Function},
    }
    values |= {name.replace("__", "/"): value for name, value in changes.items()}
    return {name: value for name, value in values.items() if value is not None}


class FakeSsm:
    def __init__(self, values: dict[str, str], failure: Exception | None = None) -> None:
        self._values = values
        self._failure = failure
        self.asked: dict[str, Any] = {}

    def get_paginator(self, operation_name: str) -> FakeSsm:
        assert operation_name == "get_parameters_by_path"
        return self

    def paginate(self, **question: Any) -> Iterator[dict[str, Any]]:
        self.asked = question
        if self._failure:
            raise self._failure
        for name, value in self._values.items():
            yield {"Parameters": [{"Name": f"{PREFIX}/{name}", "Value": value}]}


class FakeSecret:
    """A secret that behaves as Secrets Manager does, empty at first unless told otherwise."""

    def __init__(self, value: str | None = None, failure: Exception | None = None) -> None:
        self.value = value
        self.versions: dict[str, str] = {}
        self.failure = failure
        self.rival: str | None = None
        self.is_gone = False

    def get_secret_value(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803
        assert SecretId == ARN
        if self.failure:
            raise self.failure
        if self.value is None:
            raise error("ResourceNotFoundException")
        return {"SecretString": self.value}

    def put_secret_value(self, *, SecretId: str, SecretString: str, ClientRequestToken: str) -> None:  # noqa: N803
        assert SecretId == ARN
        if self.is_gone:
            raise error("ResourceNotFoundException")
        if self.rival is not None:  # another instance was a moment faster
            self.versions[ClientRequestToken] = self.value = self.rival
        if self.versions.setdefault(ClientRequestToken, SecretString) != SecretString:
            raise error("ResourceExistsException")
        self.value = SecretString


def test_parameters_are_read_below_the_prefix_and_decrypted() -> None:
    stored = parameters()
    ssm = FakeSsm(stored)
    found = read_parameters(ssm, PREFIX)
    assert found == stored
    assert ssm.asked == {"Path": PREFIX, "Recursive": True, "WithDecryption": True}
    assert read_settings(found, PREFIX) == ProxySettings.from_json(stored["proxy/settings"])
    assert function_urls(found)[Function.HTML_SERVICE] == "https://html-service.test/"


def test_nothing_deployed_says_deploy_first() -> None:
    with pytest.raises(NotYetError, match=r"^nothing is deployed below /slipway/test yet; deploy first$"):
        read_parameters(FakeSsm({}), PREFIX)


def test_missing_parameters_are_named() -> None:
    found = parameters(**{"proxy__ca-secret-arn": None, "functions__html-service__url": None})
    with pytest.raises(NotYetError, match="proxy/ca-secret-arn, functions/html-service/url"):
        read_parameters(FakeSsm(found), PREFIX)


@pytest.mark.parametrize(
    ("failure", "kind", "words"),
    [
        (NoCredentialsError(), NotYetError, "no AWS credentials; give it an instance profile"),
        (error("AccessDeniedException"), NotYetError, "the instance's role must allow this"),
        (EndpointConnectionError(endpoint_url="http://x"), NotYetError, "Could not connect"),
        (
            error("SomethingNew", 502),
            NotYetError,
            "cannot read the parameters below /slipway/test: SomethingNew: because",
        ),
        (error("Throttling"), NotYetError, "Throttling: because"),
        (error("ValidationException"), BootError, "ValidationException: because"),
    ],
)
def test_failures_of_aws_are_explained(failure: Exception, kind: type[BootError], words: str) -> None:
    with pytest.raises(BootError, match=words) as caught:
        read_parameters(FakeSsm(parameters(), failure), PREFIX)
    assert type(caught.value) is kind


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"unknown": 1}', "null"])
def test_malformed_settings_are_refused(text: str) -> None:
    with pytest.raises(BootError, match="parameter /slipway/test/proxy/settings does not hold the proxy's settings"):
        read_settings({"proxy/settings": text}, PREFIX)


def test_impossible_settings_are_refused_all_at_once() -> None:
    wrong = dataclasses.replace(settings(), default_mode="yyy", allowed_client_networks=("10.0.0.0/33",))
    with pytest.raises(BootError, match=r"default_mode is 'yyy'.*allowed_client_networks holds '10.0.0.0/33'"):
        read_settings({"proxy/settings": wrong.to_json()}, PREFIX)


def test_the_first_instance_makes_the_authority_and_the_next_finds_it() -> None:
    secret = FakeSecret()
    first = obtain_authority(secret, ARN, "test", NOW)
    assert obtain_authority(secret, ARN, "test", NOW) == first
    assert len(secret.versions) == 1


def test_an_instance_that_loses_the_race_takes_the_winners_authority() -> None:
    secret = FakeSecret()
    winner = certificate_authority.create("test", NOW)
    secret.rival = winner.to_json()
    assert obtain_authority(secret, ARN, "test", NOW) == winner


def test_a_secret_that_holds_something_else_is_left_alone() -> None:
    secret = FakeSecret(value='{"password": "hunter2"}')
    with pytest.raises(BootError, match="holds no usable certificate authority") as caught:
        obtain_authority(secret, ARN, "test", NOW)
    assert "hunter2" not in str(caught.value)
    assert secret.versions == {}


def test_a_secret_that_is_gone_is_not_taken_for_an_empty_one() -> None:
    secret = FakeSecret()
    secret.is_gone = True
    with pytest.raises(BootError, match=r"^the secret \S+, which .* does not exist; destroy") as caught:
        obtain_authority(secret, ARN, "test", NOW)
    assert type(caught.value) is BootError  # patience does not bring it back


def test_refused_access_to_the_secret_is_explained() -> None:
    with pytest.raises(NotYetError, match=r"cannot read the secret .* must allow this"):
        obtain_authority(FakeSecret(failure=error("AccessDeniedException")), ARN, "test", NOW)


def test_the_secret_with_the_users_is_needed_only_where_they_sign_in() -> None:
    asked_for = dataclasses.replace(settings(), authentication_required=True)
    assert users_secret({}, settings(), PREFIX) == ""
    assert users_secret({"proxy/users-secret-arn": ARN}, asked_for, PREFIX) == ARN
    with pytest.raises(BootError, match=r"parameter /slipway/test/proxy/users-secret-arn is missing.*deploy the ident"):
        users_secret({}, asked_for, PREFIX)
