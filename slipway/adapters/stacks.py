"""CloudFormation's stacks in any region, and the account of the credentials in use."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from slipway.adapters.aws import CONFIG, code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sts import STSClient


class Stacks:
    """The API of CloudFormation, and STS's answer to who is asking.

    :param region: where STS is asked.
    """

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    @functools.cache  # noqa: B019 - one object per run of a command
    def _client(self, region: str) -> CloudFormationClient:
        with translated(region):
            client: CloudFormationClient = self._session.client("cloudformation", region_name=region, config=CONFIG)
            return client

    def outputs(self, region: str, name: str) -> Mapping[str, str] | None:
        """Return a stack's outputs; none if it does not exist."""
        with translated(region):
            try:
                (found,) = self._client(region).describe_stacks(StackName=name)["Stacks"]
            except ClientError as error:
                if code_of(error) == "ValidationError" and "does not exist" in str(error):
                    return None
                raise
        if found["StackStatus"] in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE"):
            return None
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def account(self) -> str:
        """Return the id of the account of the credentials in use."""
        with translated(self._region):
            client: STSClient = self._session.client("sts", region_name=self._region, config=CONFIG)
            return client.get_caller_identity()["Account"]
