"""SSM's parameters that name machine images, in any region.

A value that somebody chose carries a label, which belongs to that value and not to the parameter: the next value, which
a build writes, has none.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from slipway.adapters.aws import CONFIG, code_of, translated
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Parameter

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

CHOSEN = "slipway-chosen"
"""Label of a value that somebody chose."""

PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2, *[5.0] * 11)
"""Seconds between the looks whether a value was taken, a minute in all."""


class Parameters:
    """The API of SSM's parameter store.

    :param sleep: waits for seconds.
    """

    def __init__(self, session: boto3.Session, sleep: Callable[[float], None] = time.sleep) -> None:
        self._session = session
        self._sleep = sleep

    @functools.cache  # noqa: B019 - one object per run of a command
    def _client(self, region: str) -> SSMClient:
        with translated(region):
            client: SSMClient = self._session.client("ssm", region_name=region, config=CONFIG)
            return client

    def read(self, region: str, name: str) -> Parameter | None:
        """Return a parameter as it is now; none if it does not exist."""
        with translated(region):
            found = self._value(region, name)
            if found is None:
                return None
            value, version = found
            chosen = None if name.startswith("/aws/") else self._value(region, f"{name}:{CHOSEN}")
            return Parameter(name, value, chosen is not None and chosen[1] == version)

    def _value(self, region: str, name: str) -> tuple[str, int] | None:
        try:
            found = self._client(region).get_parameter(Name=name)["Parameter"]
        except ClientError as error:
            if code_of(error) in ("ParameterNotFound", "ParameterVersionNotFound"):
                return None
            raise
        return found.get("Value", ""), found.get("Version", 0)

    def write(self, region: str, name: str, ami: str, *, is_chosen: bool) -> None:
        """Let a parameter name an AMI, and wait until it does: whether there is such an AMI is looked up afterwards.

        Source: `DataType` in https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html

        :param is_chosen: whether somebody chose this AMI.
        :raises SlipwayError: if the parameter does not take it.
        """
        with translated(region):
            made = self._client(region).put_parameter(
                Name=name, Value=ami, Type="String", DataType="aws:ec2:image", Overwrite=True
            )
            self._await(region, name, ami, made["Version"])
            if is_chosen:
                self._client(region).label_parameter_version(
                    Name=name, ParameterVersion=made["Version"], Labels=[CHOSEN]
                )

    def _await(self, region: str, name: str, ami: str, version: int) -> None:
        for pause in PAUSES:
            if self._value(region, f"{name}:{version}") == (ami, version):
                return
            self._sleep(pause)
        raise SlipwayError(
            "parameter-not-written",
            f"SSM parameter {name} in {region} did not become {ami} in {sum(PAUSES):.0f} seconds; Systems Manager "
            "takes no AMI that it does not find there",
            f"see that it is there (aws ec2 describe-images --region {region} --image-ids {ami}), then try again",
        )

    def below(self, region: str, prefix: str) -> Sequence[Parameter]:
        """Return the parameters below a path."""
        with translated(region):
            pages = self._client(region).get_paginator("get_parameters_by_path").paginate(Path=prefix, Recursive=True)
            return [Parameter(each["Name"], each.get("Value", "")) for page in pages for each in page["Parameters"]]

    def delete(self, region: str, names: Sequence[str]) -> None:
        """Delete parameters; those that are gone are left alone."""
        with translated(region):
            for name in names:
                try:
                    self._client(region).delete_parameter(Name=name)
                except ClientError as error:
                    if code_of(error) != "ParameterNotFound":
                        raise
