"""What the stacks put into AWS for an instance: its parameters, a secret for its authority, a group that waits for it.

It puts them into the embedded AWS, for an instance of an image that was built here.
"""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from contract import parameters
from contract.components import Function
from contract.lifecycle import LAUNCHING_HOOK
from contract.proxy_settings import ProxySettings
from emulator.launcher import Emulator
from local.console import LocalError

PREFIX = "/slipway/test"
STACK = "instance"
STACK_SECONDS = 30.0
GROUP_SECONDS = 30.0
POLL_SECONDS = 0.05
WAITING, SERVING = "Pending:Wait", "InService"
"""What a group says of an instance that it waits for, and of one that has told it that it serves."""
LAUNCHING_TRANSITION = "autoscaling:EC2_INSTANCE_LAUNCHING"

_HOOK = {"LifecycleHookName": LAUNCHING_HOOK, "LifecycleTransition": LAUNCHING_TRANSITION, "HeartbeatTimeout": 300}
_TEMPLATE = {
    "Resources": {
        # Without a value, as the identity stack makes it; the first instance fills it.
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Description": "authority"}},
        "Template": {
            "Type": "AWS::EC2::LaunchTemplate",
            "Properties": {"LaunchTemplateData": {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro"}},
        },
        "Group": {
            "Type": "AWS::AutoScaling::AutoScalingGroup",
            "Properties": {
                # A stack would wait for an instance, and that one for its parameters; so it is launched afterwards.
                "MinSize": "0",
                "MaxSize": "1",
                "DesiredCapacity": "0",
                "AvailabilityZones": {"Fn::GetAZs": ""},
                "LaunchTemplate": {
                    "LaunchTemplateId": {"Ref": "Template"},
                    "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]},
                },
                "LifecycleHookSpecificationList": [_HOOK],
            },
        },
    },
    "Outputs": {"Authority": {"Value": {"Ref": "Secret"}}, "Group": {"Value": {"Ref": "Group"}}},
}


def settings() -> ProxySettings:
    """Return the settings of the proxy: two processes, which replace each letter of a page by an x."""
    return ProxySettings(
        environment="test",
        version="1",
        default_mode="xxx",
        proxy_port=8080,
        health_port=8081,
        admin_port=8082,
        processes=2,
        memory_percent=60,
        drain_seconds=0.0,
        function_timeout_seconds=5.0,
        fail_closed=False,
        max_page_bytes=4_000_000,
        cache_ttl_seconds=60,
        statistics_interval_seconds=3600.0,
        allowed_client_networks=(),
        authentication_required=False,
        authentication_failures_per_minute=10,
        client_requests_per_second=0,
        allowed_destination_networks=(),
        allowed_destination_ports=(80, 443),
        allowed_destination_hosts=(),
        blocked_destination_hosts=(),
    )


class Deployment:
    """What stands in an embedded AWS for one instance.

    :param emulator: runs, and does not enforce policies, since the instance has no role of this deployment's.
    :param functions: the URL of all functions.
    :ivar group: name of the group. :ivar instance_id: the instance that it has launched.
    :raises LocalError: if it cannot be put there, or the group does not come to wait for an instance.
    """

    def __init__(self, emulator: Emulator, functions: str) -> None:
        self._session = boto3.Session("test", "test", region_name="us-east-1")
        self._endpoint = emulator.endpoint_url
        self._groups = self._client("autoscaling")
        try:
            self.group, authority = self._stack()
            self._put_parameters(authority, functions)
            self._groups.set_desired_capacity(AutoScalingGroupName=self.group, DesiredCapacity=1)
        except (BotoCoreError, ClientError) as error:
            raise LocalError(f"nothing could be deployed for an instance: {error}", f"read {emulator.log}") from error
        self.await_state(WAITING, GROUP_SECONDS)
        self.instance_id = next(iter(self._members()))

    def _stack(self) -> tuple[str, str]:
        """Return the group's name and the secret's ARN."""
        stacks = self._client("cloudformation")
        stacks.create_stack(StackName=STACK, TemplateBody=json.dumps(_TEMPLATE))
        patience = {"Delay": 1, "MaxAttempts": int(STACK_SECONDS)}
        stacks.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig=patience)
        shown = stacks.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        outputs = {each["OutputKey"]: str(each["OutputValue"]) for each in shown}
        return outputs["Group"], outputs["Authority"]

    def _put_parameters(self, authority: str, functions: str) -> None:
        values = {
            parameters.PROXY_SETTINGS: settings().to_json(),
            parameters.CA_SECRET_ARN: authority,
            **{parameters.function_url(each): functions for each in Function},
        }
        ssm = self._client("ssm")
        for name, value in values.items():
            ssm.put_parameter(Name=f"{PREFIX}/{name}", Value=value, Type="String")

    @property
    def boot(self) -> list[str]:
        """What user data runs."""
        return ["slipway-boot", f"--parameter-prefix={PREFIX}", f"--group={self.group}"]

    def await_state(self, wanted: str, seconds: float) -> None:
        """Return as soon as the group says that of its instance.

        :raises LocalError: if it has not within so many seconds.
        """
        deadline = time.monotonic() + seconds
        while wanted not in (members := self._members()).values():
            if time.monotonic() > deadline:
                shown = ", ".join(f"{name} {state}" for name, state in members.items()) or "no instance"
                raise LocalError(
                    f"the group has {shown} after {seconds:.0f} s, and not one that is {wanted}",
                    "read the journal of slipway-health on the instance",
                )
            time.sleep(POLL_SECONDS)

    def _members(self) -> dict[str, str]:
        asked = {"AutoScalingGroupNames": [self.group]}
        found = self._groups.describe_auto_scaling_groups(**asked)["AutoScalingGroups"]
        return {each["InstanceId"]: each["LifecycleState"] for each in found[0]["Instances"]}

    def _client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self._endpoint)
