"""The plug-in as a whole: the CDK's own bootstrap template, and an instance's life over a restart of the emulator."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from emulator.paths import StatePaths
from emulator.processes import ProcessIdentity, wait_until_gone
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_hosting import OUTPUTS, Deployed, machine, resources, wait_for
from tests.emulated.test_instances import await_console, state
from tests.emulated.test_persistence import client_of, own
from tests.emulated.test_scaling import image_id

__all__ = ["own"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.behaviour("CDK", "the CDK's own bootstrap works and can be repeated", aws=False)
def test_cdk_bootstrap_works_and_can_be_repeated(emulator, client, tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{kept.get('PATH', '')}"
    command = [ROOT / ".venv" / "bin" / "cdk", "bootstrap", "aws://000000000000/us-east-1", "--app", ""]
    for _ in range(2):
        result = subprocess.run(
            command, cwd=tmp_path, env={**kept, **emulator.environment(), "PATH": path}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr

    assert client("ssm").get_parameter(Name="/cdk-bootstrap/hnb659fds/version")["Parameter"]["Value"]


def test_instances_end_with_the_emulator_and_others_come_with_it(own):
    stack = Stack("group", client_of(own, "cloudformation"))
    deployed = Deployed(stack.put(resources(1), OUTPUTS), lambda service: client_of(own, service))
    wait_for(deployed.in_service)
    (first,) = deployed.members()
    process = machine(own, first)

    own.stop()
    assert wait_until_gone([process], 5)
    assert not StatePaths(own.state).runtime.exists()

    own.start()
    wait_for(deployed.in_service)
    assert first not in deployed.members()
    assert deployed.instance(first)["State"]["Name"] == "terminated"


@pytest.mark.parametrize("is_killed", [False, True], ids=["stopped", "killed"])
def test_instance_that_was_launched_directly_boots_again_after_a_restart(own, is_killed):
    ec2 = client_of(own, "ec2")
    request = {"ImageId": image_id(lambda service: client_of(own, service)), "MinCount": 1, "MaxCount": 1}
    name = ec2.run_instances(InstanceType="t3.micro", UserData="#!/bin/sh\necho booted\n", **request)["Instances"][0][
        "InstanceId"
    ]
    await_console(ec2, name, "booted")
    process = machine(own, name)
    eventually(lambda: saved(own, name), "the instance being saved")

    if is_killed:
        server = ProcessIdentity.load(StatePaths(own.state).process)
        server.signal_group(signal.SIGKILL)
        assert wait_until_gone([server], 5)
    own.stop()
    assert wait_until_gone([process], 5)
    own.start()

    await_console(ec2, name, "booted")
    assert state(ec2, name) == "running"
    assert machine(own, name) != process


def saved(own, text: str) -> bool:
    return any(text in file.read_text() for file in StatePaths(own.state).services.glob("*.json"))
