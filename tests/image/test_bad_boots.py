"""An instance of the image that cannot start: it says one line of cause, gives itself up, and nothing of it serves."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from contract import parameters
from local.image import surroundings
from local.image.builds import Workshop
from local.image.deployment import PREFIX, settings
from local.image.internet import INSTANCE
from local.image.root import Root
from local.image.surroundings import AWS_PORT, Launched
from tests.image.conftest import Image

GIVEN_UP_SECONDS = 60.0
SETTINGS = f"{PREFIX}/{parameters.PROXY_SETTINGS}"
Spoil = Callable[[Launched], None]


def aws(service: str) -> Any:
    """Return a client of the instance's AWS, for use in its network."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client(service, endpoint_url=f"http://127.0.0.1:{AWS_PORT}")


def secret() -> str:
    name = f"{PREFIX}/{parameters.CA_SECRET_ARN}"
    return str(aws("ssm").get_parameter(Name=name)["Parameter"]["Value"])


def without_its_secret(_: Launched) -> None:
    aws("secretsmanager").delete_secret(SecretId=secret(), ForceDeleteWithoutRecovery=True)


def with_a_foreign_secret(_: Launched) -> None:
    aws("secretsmanager").put_secret_value(SecretId=secret(), SecretString='{"password": "hunter2"}')


def with_settings_that_are_no_json(_: Launched) -> None:
    aws("ssm").put_parameter(Name=SETTINGS, Value="default_mode: xxx", Overwrite=True)


def with_a_wrong_value(_: Launched) -> None:
    wrong = dataclasses.replace(settings(), proxy_port=80)
    aws("ssm").put_parameter(Name=SETTINGS, Value=wrong.to_json(), Overwrite=True)


def without_a_way_to_parameters(launched: Launched) -> None:
    outcome = launched.machine.run(["systemctl", "set-environment", "AWS_ENDPOINT_URL_SSM=http://127.0.0.1:9"])
    assert outcome.status == 0, outcome.stderr


def journal(machine: Root, unit: str) -> str:
    return machine.run(["journalctl", "--no-pager", "--output=cat", f"--unit={unit}"]).stdout


def why_it_left(group: str, instance_id: str) -> str:
    """Return what the group says of an instance that it has launched and terminates."""
    deadline = time.monotonic() + GIVEN_UP_SECONDS
    client = aws("autoscaling")
    while time.monotonic() < deadline:
        activities = client.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
        [launch] = [each for each in activities if re.search(rf"Launching .*\b{instance_id}\b", each["Description"])]
        if message := launch.get("StatusMessage", ""):
            return str(message)
        time.sleep(0.05)
    return "it still waits"


CAUSES: dict[Spoil, str] = {
    without_its_secret: ", which is to hold the certificate authority, does not exist; destroy the identity stack",
    with_a_foreign_secret: "holds no usable certificate authority: it is no JSON object with private_key",
    with_settings_that_are_no_json: f"parameter {SETTINGS} does not hold the proxy's settings: ",
    with_a_wrong_value: f"parameter {SETTINGS}: proxy_port is 80, allowed are 1024 to 65535",
    without_a_way_to_parameters: f"cannot read the parameters below {PREFIX}: Could not connect to the endpoint URL",
}


@pytest.mark.parametrize("spoil", CAUSES, ids=lambda spoil: spoil.__name__)
def test_it_says_one_line_of_cause_and_gives_itself_up(shop: Workshop, image: Image, spoil: Spoil) -> None:
    with surroundings.launched(shop, spoil.__name__, image.folder) as launched:
        machine, deployment = launched.machine, launched.deployment
        with machine.network():
            spoil(launched)
        booted = machine.run(deployment.boot, seconds=90)
        said = journal(machine, "slipway-boot")
        with machine.network():
            why = why_it_left(deployment.group, deployment.instance_id)

        assert booted.status == 1, booted.stderr
        [error] = [line for line in said.splitlines() if "slipway-boot: error: " in line]
        assert CAUSES[spoil] in error
        assert "hunter2" not in said
        assert f"the group {deployment.group} terminates this instance and launches another" in said
        assert "Lifecycle Action Completed with ABANDON Result" in why
        serving = ["systemctl", "list-units", "--plain", "--no-legend", "--state=active,activating,reloading"]
        assert machine.run([*serving, "slipway-proxy@*", "slipway-health*"]).stdout == ""
        assert machine.run(["curl", "--silent", "--max-time", "3", f"http://{INSTANCE}:8081/info/health"]).status != 0
