"""What is deployed survives the emulator, even when it is killed."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.launcher import Emulator, EmulatorError, describe
from emulator.paths import StatePaths
from emulator.processes import ProcessIdentity, wait_until_gone
from emulator.state.document import NAME
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_execution import package, resources
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
    """Wait until a save holds a text; one that the disk was slow with is followed by a pause of ten times as long."""
    saved = StatePaths(emulator.state).services / NAME
    eventually(lambda: saved.exists() and text in saved.read_text(), f"a saved state with {text}", seconds=120)


@pytest.mark.behaviour("The emulator itself", "killed, it starts again at its address with everything", aws=False)
def test_killed_emulator_starts_again_at_its_address_with_everything(own):
    resources = pipeline_resources()
    stack = Stack("kept", client_of(own, "cloudformation"))
    outputs = stack.put(resources, OUTPUTS)
    client_of(own, "s3").create_bucket(Bucket="kept-bucket")
    wait_for_save(own, "kept-bucket")  # which was made when the stack was ready
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


@pytest.mark.behaviour("The emulator itself", "killed, it starts again with its caches, at their ports", aws=False)
def test_killed_emulator_starts_its_caches_again(own):
    elasticache = client_of(own, "elasticache")
    elasticache.create_serverless_cache(ServerlessCacheName="kept", Engine="valkey")

    def cache() -> dict[str, Any]:
        return client_of(own, "elasticache").describe_serverless_caches(ServerlessCacheName="kept")["ServerlessCaches"][
            0
        ]

    port = cache()["Endpoint"]["Port"]
    wait_for_save(own, "kept")
    process = process_of(own)
    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)
    eventually(lambda: not listens(port), "the cache ends with the emulator")
    own.start()

    assert eventually(lambda: listens(port), "the cache is there again")
    assert cache()["Status"] == "available"


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_orderly_stop_saves_what_was_changed_last(own):
    client_of(own, "ssm").put_parameter(Name="/last", Value="word", Type="String")

    own.stop()
    own.start()

    assert client_of(own, "ssm").get_parameter(Name="/last")["Parameter"]["Value"] == "word"


def saved_file(emulator: Emulator) -> Path:
    return StatePaths(emulator.state).services / NAME


def contents(emulator: Emulator) -> dict[str, bytes]:
    """Return all files of a state that hold something that is deployed."""
    folder = StatePaths(emulator.state).services
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.behaviour("The emulator itself", "killed at any moment, its state is that of one moment", aws=False)
def test_killed_at_any_moment_the_state_is_of_one_moment(own):
    """Each round makes a topic, and then a queue of its number: never is a queue there without its topic."""
    sns, sqs = client_of(own, "sns"), client_of(own, "sqs")
    number = 0
    for _kill in range(3):
        process = process_of(own)
        wanted = number + 40
        while number < wanted:
            number += 1
            sns.create_topic(Name=f"number-{number}")
            sqs.create_queue(QueueName=f"number-{number}")
        process.signal_group(signal.SIGKILL)
        assert wait_until_gone([process], 10)

        state = json.loads(saved_file(own).read_bytes())["services"] if saved_file(own).exists() else {}
        topics = json.dumps(state.get("sns", {})).count(":number-")
        queues = json.dumps(state.get("sqs", {}))
        newest = max((each for each in range(1, number + 1) if f'/number-{each}"' in queues), default=0)
        assert f":number-{newest}" in json.dumps(state.get("sns", {})) or newest == 0, (topics, newest)
        own.start()


def test_code_of_a_function_survives_a_kill_between_its_update_and_the_next_save(own):
    stack = Stack("code", client_of(own, "cloudformation"))
    name = stack.put(resources("def handler(event, context):\n    return 'old'\n"), {"Name": {"Ref": "Function"}})[
        "Name"
    ]
    wait_for_save(own, name)
    process = process_of(own)
    client_of(own, "lambda").update_function_code(
        FunctionName=name, ZipFile=package("def handler(event, context):\n    return 'new'\n")
    )
    process.signal_group(signal.SIGKILL)
    assert wait_until_gone([process], 10)
    own.start()

    answer = client_of(own, "lambda").invoke(FunctionName=name)
    assert json.loads(answer["Payload"].read()) in ("old", "new")


def others_may(path: Path) -> int:
    """Return what users other than the owner may do with a file."""
    return path.stat().st_mode & 0o077


@pytest.mark.behaviour("The emulator itself", "its state can be read by nobody else on the machine", aws=False)
def test_the_state_is_for_nobody_else(own):
    client_of(own, "secretsmanager").create_secret(Name="kept", SecretString="word")
    wait_for_save(own, "kept")
    assert [path for path in (own.state, *StatePaths(own.state).services.rglob("*")) if others_may(path)] == []

    own.stop()
    own.state.chmod(0o755)  # as an earlier version made it
    own.start()
    assert others_may(own.state) == 0


def refused(emulator: Emulator) -> str:
    before = contents(emulator)
    with pytest.raises(EmulatorError) as error:
        emulator.start()
    assert contents(emulator) == before
    assert not emulator.is_running()
    assert "Traceback" not in str(error.value)
    return str(error.value)


@pytest.fixture
def stopped(own) -> Emulator:
    client_of(own, "ssm").put_parameter(Name="/kept", Value="word", Type="String")
    own.stop()
    return own


@pytest.mark.behaviour(
    "The emulator itself", "a damaged state is refused and left as it is, and the one before it helps", aws=False
)
def test_a_damaged_state_is_refused_and_the_one_before_helps(stopped):
    file = saved_file(stopped)
    file.write_bytes(file.read_bytes()[:1000])

    message = refused(stopped)
    assert f"{file} is damaged" in message
    assert "put state.json.previous, of one save earlier, in its place" in message

    file.with_name("state.json.previous").replace(file)
    stopped.start()
    assert client_of(stopped, "ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "word"


def change(emulator: Emulator, **values: Any) -> None:
    file = saved_file(emulator)
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


@pytest.mark.parametrize("values", [{"ministack": "1.5.30"}, {"plugin": 99}])
def test_the_state_of_another_version_is_refused(stopped, values):
    change(stopped, **values)

    message = refused(stopped)

    assert "was written by ministack" in message
    assert "next: use that version again; or remove" in message


def test_a_service_that_cannot_take_its_state_is_named(stopped):
    services = json.loads(saved_file(stopped).read_text())["services"]
    change(stopped, services={**services, "sqs": ["nonsense"]})

    assert "the saved state of sqs cannot be used" in refused(stopped)


def test_a_port_that_is_none_is_refused(stopped):
    StatePaths(stopped.state).port.write_text("none\n")

    assert "does not hold a port number" in refused(stopped)


def test_a_folder_that_cannot_be_written_is_refused():
    emulator = Emulator(Path("/proc/none"))

    assert "the state folder /proc/none cannot be used" in refused(emulator)


def limit_files(emulator: Emulator, size: int) -> None:
    """Let the emulator write no file longer than this, as on a disk that is full."""
    resource.prlimit(process_of(emulator).pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.behaviour("The emulator itself", "a full disk is said, and nothing is lost", aws=False)
def test_a_full_disk_is_said_and_nothing_is_lost(own):
    ssm = client_of(own, "ssm")
    ssm.put_parameter(Name="/before", Value="word", Type="String")
    wait_for_save(own, "/before")
    before = saved_file(own).read_bytes()
    limit_files(own, 1000)
    try:
        ssm.put_parameter(Name="/meanwhile", Value="word", Type="String")
        saving = eventually(lambda: not describe(own)["saving"]["ok"] and describe(own)["saving"], "the failure")

        assert "File too large" in saving["reason"]
        assert saving["since"]
        assert ssm.get_parameter(Name="/meanwhile")["Parameter"]["Value"] == "word"
        assert saved_file(own).read_bytes() == before
    finally:
        limit_files(own, resource.RLIM_INFINITY)
    wait_for_save(own, "/meanwhile")
    eventually(lambda: describe(own)["saving"]["ok"], "success")
