"""The smoke test's questions to AWS, asked with the CDK's lookup role, which may only read."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.exceptions

from ci.smoke import SmokeError


class Aws:
    """An account, as the credentials in use see it.

    :param qualifier: of the CDK's bootstrap, part of its roles' names.
    """

    def __init__(self, qualifier: str = "hnb659fds") -> None:
        self._qualifier = qualifier
        self._session = boto3.Session()

    def stack_status(self, name: str, region: str) -> str:
        """Return a stack's status.

        :raises SmokeError: if it cannot be had.
        """
        found = self._ask("cloudformation", region, "describe_stacks", StackName=name)
        return str(found["Stacks"][0]["StackStatus"])

    def targets(self, target_group_arn: str, region: str) -> Mapping[str, str]:
        """Return the health of a group's targets by id.

        :raises SmokeError: if it cannot be had.
        """
        found = self._ask("elbv2", region, "describe_target_health", TargetGroupArn=target_group_arn)
        described = found["TargetHealthDescriptions"]
        return {target["Target"]["Id"]: target["TargetHealth"]["State"] for target in described}

    def _ask(self, service: str, region: str, operation: str, **parameters: str) -> Any:
        try:
            return getattr(self._reader(region).client(service), operation)(**parameters)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            raise SmokeError(f"{service} {operation} in {region}: {error}") from error

    @functools.cache  # noqa: B019 - one object per run of the command
    def _reader(self, region: str) -> boto3.Session:
        """Return a session of the lookup role in a region."""
        sts = self._session.client("sts", region_name=region)
        account = sts.get_caller_identity()["Account"]
        partition = self._session.get_partition_for_region(region)
        role = f"arn:{partition}:iam::{account}:role/cdk-{self._qualifier}-lookup-role-{account}-{region}"
        given = sts.assume_role(RoleArn=role, RoleSessionName="smoke-test")["Credentials"]
        return boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name=region)
