"""Users and roles of a test, each with the least that it is given."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.shapes import watch


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(**principal: str) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


class People:
    """Makes users and roles whose names start with the test's, and removes them again."""

    def __init__(self, name: str, client: Callable[[str], Any]) -> None:
        self._name = name
        self._client = client
        self._iam = client("iam")
        self._undo: list[Callable[[], Any]] = []

    def role(self, name: str, *statements: dict[str, Any], trusted: str = "cloudformation.amazonaws.com") -> str:
        """Make a role that a service may assume, and return its ARN."""
        full = f"{self._name}-{name}"
        made = self._iam.create_role(RoleName=full, AssumeRolePolicyDocument=trust(Service=trusted))
        self._undo.append(lambda: self._iam.delete_role(RoleName=full))
        self.let(name, *statements)
        return str(made["Role"]["Arn"])

    def let(self, name: str, *statements: dict[str, Any]) -> None:
        """Give a role of this test these rights, and no others."""
        full = f"{self._name}-{name}"
        self._iam.put_role_policy(RoleName=full, PolicyName="own", PolicyDocument=document(*statements))
        self._undo.append(lambda: self._iam.delete_role_policy(RoleName=full, PolicyName="own"))

    def user(self, *statements: dict[str, Any]) -> Callable[[str], Any]:
        """Make a user with these rights, and return what makes clients that act as it."""
        name = f"{self._name}-user-{len(self._undo)}"
        self._iam.create_user(UserName=name)
        self._undo.append(lambda: self._iam.delete_user(UserName=name))
        if statements:
            self._iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
            self._undo.append(lambda: self._iam.delete_user_policy(UserName=name, PolicyName="own"))
        key = self._iam.create_access_key(UserName=name)["AccessKey"]
        self._undo.append(lambda: self._iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"]))
        return self.acting(key["AccessKeyId"], key["SecretAccessKey"])

    def acting(self, key: str, secret: str, token: str | None = None) -> Callable[[str], Any]:
        meta = self._iam.meta
        endpoint = None if meta.endpoint_url.endswith("amazonaws.com") else meta.endpoint_url
        region = self._client("ec2").meta.region_name
        return lambda service: watch(
            boto3.client(
                service, endpoint_url=endpoint, region_name=region,
                aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
            )
        )  # fmt: skip

    def clear(self) -> None:
        for undo in reversed(self._undo):
            try:
                undo()
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchEntity":
                    raise


def patient(call: Callable[[], Any]) -> Any:
    """Make a call as soon as new users and roles are known everywhere, which takes AWS some seconds."""

    def attempt() -> list[Any]:
        try:
            return [call()]
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("InvalidClientTokenId", "ValidationError"):
                raise
            return []

    return eventually(attempt, "the call", seconds=60)[0]
