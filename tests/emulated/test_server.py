"""The emulator's process: how it ends, and that there is only one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from emulator.launcher import Emulator
from emulator.processes import ProcessIdentity, wait_until_gone
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_execution import resources as function_resources
from tests.emulated.test_hosting import OUTPUTS as GROUP_OUTPUTS
from tests.emulated.test_hosting import resources as group_resources
from tests.emulated.test_image_builder import pipeline_resources as image_resources
from tests.emulated.test_persistence import client_of, own, process_of
from tests.emulated.test_stacks import WAITING

__all__ = ["own"]
ROOT = Path(__file__).resolve().parents[2]


def test_stop_does_not_wait_for_what_waits(own):
    cloudformation = client_of(own, "cloudformation")
    cloudformation.create_stack(StackName="waits", TemplateBody=json.dumps({"Resources": WAITING}))
    process = process_of(own)

    own.stop()

    assert not process.is_alive()
    assert not own.is_running()


SLOW = (
    "import subprocess, time\ndef handler(event, context):\n    subprocess.Popen(['sleep', '60'])\n    time.sleep(60)\n"
)


def descendants(process: ProcessIdentity) -> list[ProcessIdentity]:
    """Return all processes that a process started, and those that they started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, added = set[int](), {process.pid}
    while added := {child for child, parent in parents.items() if parent in added} - found:
        found |= added
    return [identity for pid in found if (identity := ProcessIdentity.find(pid))]


def seconds_until_gone(process: ProcessIdentity) -> float:
    """Wait for a process to end, beside whoever ends it and looks what is left."""
    began = time.monotonic()
    while process.is_alive():
        time.sleep(0.01)
    return time.monotonic() - began


@pytest.mark.behaviour(
    "The emulator itself", "it stops within two seconds whatever goes on, and leaves nothing running", aws=False
)
def test_stop_takes_two_seconds_whatever_goes_on_and_leaves_nothing(own):
    cloudformation = client_of(own, "cloudformation")
    name = Stack("slow", cloudformation).put(function_resources(SLOW, Timeout=120), {"Name": {"Ref": "Function"}})[
        "Name"
    ]
    Stack("group", cloudformation).put(group_resources(2), GROUP_OUTPUTS)
    cloudformation.create_stack(StackName="waits", TemplateBody=json.dumps({"Resources": WAITING}))
    own.control("image-builds", hang_at="ApplyTestComponents")
    cloudformation.create_stack(StackName="builds", TemplateBody=json.dumps({"Resources": image_resources()}))
    client_of(own, "lambda").invoke(FunctionName=name, InvocationType="Event")
    process = process_of(own)
    images = client_of(own, "imagebuilder")
    eventually(lambda: images.list_images()["imageVersionList"], "the image build")
    running = eventually(lambda: len(found := descendants(process)) >= 6 and found, "function and instances")

    with ThreadPoolExecutor() as pool:
        took = pool.submit(seconds_until_gone, process)
        own.stop()

    assert took.result() < 2.0
    assert not process.is_alive()
    assert [each for each in running if each.is_alive()] == []


def test_functions_end_with_a_killed_emulator(own):
    name = Stack("slow", client_of(own, "cloudformation")).put(
        function_resources(SLOW, Timeout=120), {"Name": {"Ref": "Function"}}
    )["Name"]
    client_of(own, "lambda").invoke(FunctionName=name, InvocationType="Event")
    process = process_of(own)
    running = eventually(lambda: len(found := descendants(process)) >= 2 and found, "the function and its child")

    os.kill(process.pid, signal.SIGKILL)

    assert wait_until_gone(running, 5)


@pytest.mark.behaviour("The emulator itself", "three side by side know nothing of each other", aws=False)
def test_three_side_by_side_know_nothing_of_each_other(own, tmp_path):
    emulators = [own, *(Emulator(tmp_path / name) for name in ("second", "third"))]
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(Emulator.start, emulators[1:]))
        for number, each in enumerate(emulators):
            client_of(each, "ssm").put_parameter(Name="/who", Value=str(number), Type="String")
        emulators[2].stop()
        emulators[2].start()

        found = [client_of(each, "ssm").get_parameter(Name="/who")["Parameter"]["Value"] for each in emulators]

        assert found == ["0", "1", "2"]
        assert len({each.port for each in emulators}) == 3
    finally:
        for each in emulators[1:]:
            each.destroy()


def test_starting_again_is_finding_it(own):
    process = process_of(own)

    own.start()

    assert process_of(own) == process


def test_two_who_start_at_once_get_the_same_one(tmp_path):
    command = [sys.executable, "-m", "emulator", "start", "--state", str(tmp_path / "both")]
    starters = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        assert [starter.wait() for starter in starters] == [0, 0]
        status = subprocess.run(
            [*command[:3], "status", "--json", *command[4:]], cwd=ROOT, capture_output=True, check=True
        )
        assert json.loads(status.stdout)["running"]
        log = (tmp_path / "both" / "emulator.log").read_text()
        assert log.count("Running on") - log.count("[hypercorn.error] Running on") == 1
    finally:
        subprocess.run([*command[:3], "stop", *command[4:]], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)


def listening(processes: list[ProcessIdentity]) -> dict[str, list[str]]:
    """Return the addresses at which some processes can be reached, by protocol, as the kernel writes them."""
    links = set[str]()
    for process in processes:
        for link in Path(f"/proc/{process.pid}/fd").glob("*"):
            with suppress(OSError):
                links.add(str(link.readlink()))
    waiting = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}
    found: dict[str, list[str]] = {}
    for protocol, state in waiting.items():
        rows = [line.split() for line in (Path("/proc/net") / protocol).read_text().splitlines()[1:]]
        found[protocol] = [row[1] for row in rows if row[3] == state and f"socket:[{row[9]}]" in links]
    return found


@pytest.mark.behaviour(
    "The emulator itself",
    "it, its resolver, its load balancers and its instances are served on loopback only",
    aws=False,
)
def test_only_loopback_is_served(own):
    Stack("group", client_of(own, "cloudformation")).put(group_resources(1), GROUP_OUTPUTS)
    server = process_of(own)
    # The gateway, the resolver, metadata of the instance, a load balancer and the instance itself.
    seen = eventually(
        lambda: len((found := listening([server, *descendants(server)]))["tcp"]) >= 5 and found, "all being served"
    )

    assert f"0100007F:{own.port:04X}" in seen["tcp"]
    assert seen["udp"]
    assert (seen["tcp6"], seen["udp6"]) == ([], [])
    # The kernel writes an address backwards: it is 127.x.y.z if it ends in 7F.
    assert [each for each in seen["tcp"] + seen["udp"] if not each.partition(":")[0].endswith("7F")] == []
