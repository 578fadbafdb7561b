"""What is deployed survives the emulator, even when it is killed."""

from __future__ import annotations

import os
import signal
import time

import boto3
import pytest

from emulator.launcher import Emulator
from emulator.paths import StatePaths
from emulator.processes import ProcessIdentity, wait_until_gone
from tests.emulated.conftest import Stack
from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources


@pytest.fixture
def own(tmp_path):
    """An emulator of this test's own, since it is killed."""
    made = Emulator(tmp_path / "state")
    made.start()
    yield made
    made.destroy()


def client_of(emulator: Emulator, service: str):
    return boto3.client(
        service, endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip


def process_of(emulator: Emulator) -> ProcessIdentity:
    found = ProcessIdentity.load(StatePaths(emulator.state).process)
    assert found is not None
    return found


def wait_for_save(emulator: Emulator, text: str) -> None:
    deadline = time.monotonic() + 30
    saved = StatePaths(emulator.state).services
    while not any(text in file.read_text() for file in saved.glob("cloudformation.json")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_killed_emulator_starts_again_at_its_address_with_everything(own):
    resources = pipeline_resources()
    stack = Stack("kept", client_of(own, "cloudformation"))
    outputs = stack.put(resources, OUTPUTS)
    client_of(own, "s3").create_bucket(Bucket="kept-bucket")
    wait_for_save(own, "CREATE_COMPLETE")
    address, process = own.endpoint_url, process_of(own)

    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)
    assert not own.is_running()
    own.start()

    with pytest.raises(ChildProcessError):  # it was waited for, so that no zombie stays
        os.waitpid(process.pid, os.WNOHANG)
    assert own.endpoint_url == address
    assert stack.status() == "CREATE_COMPLETE"
    shown = client_of(own, "imagebuilder").get_image(imageBuildVersionArn=outputs["Image"])["image"]
    assert shown["outputResources"]["amis"][0]["image"] == outputs["Ami"]
    assert client_of(own, "ec2").describe_images(ImageIds=[outputs["Ami"]])["Images"]


def test_orderly_stop_saves_what_was_changed_last(own):
    client_of(own, "ssm").put_parameter(Name="/last", Value="word", Type="String")

    own.stop()
    own.start()

    assert client_of(own, "ssm").get_parameter(Name="/last")["Parameter"]["Value"] == "word"
