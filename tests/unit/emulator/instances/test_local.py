"""A whole local instance with a stand-in for the machine image: user data, services, metadata, and its end."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from emulator.instances.image import Sources
from emulator.instances.local import LocalInstance, Surroundings
from emulator.instances.metadata import Identity, RoleCredentials
from emulator.paths import StatePaths
from emulator.processes import ProcessIdentity, wait_until_gone

SERVICE = """
import os, time, urllib.request
base = os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] + "/latest"
ask = urllib.request.Request(base + "/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
token = urllib.request.urlopen(ask).read().decode()
ask = urllib.request.Request(base + "/meta-data/instance-id", headers={"X-aws-ec2-metadata-token": token})
with open(os.environ["SLIPWAY_RUNTIME_DIRECTORY"] + "/seen", "w") as file:
    file.write(urllib.request.urlopen(ask).read().decode())
time.sleep(60)
"""
BOOT = "#!/bin/sh\necho booting with $1 at $SLIPWAY_LISTEN_ADDRESS\nexec systemctl start stand-in.service\n"
USER_DATA = "#!/bin/sh\nexec slipway-boot --stand-in\n"


@pytest.fixture
def sources(tmp_path):
    units = tmp_path / "units"
    package = tmp_path / "package"
    for folder in (units, package):
        folder.mkdir()
    (package / "service.py").write_text(SERVICE)
    (tmp_path / "boot").write_text(BOOT)
    (units / "stand-in.service").write_text(
        f"[Service]\nExecStart={sys.executable} /opt/slipway/app/package/service.py\nRestart=always\nRestartSec=0\n"
    )
    return Sources((package,), {}, tmp_path / "boot", units)


@pytest.fixture
def paths(tmp_path):
    made = StatePaths(tmp_path / "state")
    yield made
    shutil.rmtree(made.runtime, ignore_errors=True)


@pytest.fixture
def launch(sources, paths):
    launched = []

    def make(user_data: str) -> LocalInstance:
        identity = Identity(
            instance_id="i-0123456789abcdef0", account="000000000000", region="us-east-1", zone="us-east-1a",
            image_id="ami-1", instance_type="t3.micro", private_address="127.0.0.1", architecture="x86_64",
            launched="2026-01-01T00:00:00Z", role="", profile_arn="", user_data=user_data, tags={},
        )  # fmt: skip
        surroundings = Surroundings(paths, "http://127.0.0.1:9", sources)
        launched.append(LocalInstance(surroundings, identity, lambda: RoleCredentials("", "", "", "")))
        return launched[-1]

    yield make
    for made in launched:
        made.terminate()


@pytest.fixture
def instance(launch):
    return launch(USER_DATA)


def wait_for(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes(paths: StatePaths) -> dict[str, ProcessIdentity]:
    files = paths.instances.glob("*/processes/*.json")
    return {file.stem: identity for file in files if (identity := ProcessIdentity.load(file))}


def seen(paths: StatePaths) -> str:
    file = paths.runtime / "i-0123456789abcdef0" / "seen"
    return file.read_text() if file.exists() else ""


def test_user_data_starts_the_service_which_learns_who_it_is(instance, paths):
    wait_for(lambda: seen(paths))

    assert seen(paths) == "i-0123456789abcdef0"
    assert "booting with --stand-in at 127.0." in instance.console.read_text()
    assert instance.is_alive()


def test_service_that_dies_is_started_again(instance, paths):
    wait_for(lambda: seen(paths))
    first = processes(paths)["stand-in.service"]

    first.signal_group(signal.SIGKILL)

    wait_for(lambda: processes(paths)["stand-in.service"] != first)
    assert instance.is_alive()


def test_termination_leaves_no_process_and_no_secret(instance, paths):
    wait_for(lambda: seen(paths))
    known = processes(paths)
    assert {"machine", "stand-in.service"} <= known.keys()

    instance.terminate()

    assert not any(identity.is_alive() for identity in known.values())
    assert not (paths.runtime / "i-0123456789abcdef0").exists()
    assert instance.console.exists()


def test_instance_boots_again_without_its_user_data_but_with_what_is_enabled(launch, paths):
    first = launch("#!/bin/sh\nsystemctl enable stand-in.service\necho set up\n")
    wait_for(lambda: "user data ended" in first.console.read_text())
    first.terminate()
    assert not seen(paths)

    second = launch("")
    wait_for(lambda: seen(paths))

    assert second.console.read_text().count("set up") == 1


def no_disk(paths: StatePaths, sources: Sources) -> None:
    shutil.rmtree(sources.packages[0])


def no_runtime_folder(paths: StatePaths, sources: Sources) -> None:
    (paths.runtime / "i-0123456789abcdef0").mkdir(parents=True)


def no_console(paths: StatePaths, sources: Sources) -> None:
    (paths.instances / "i-0123456789abcdef0" / "console.log").mkdir(parents=True)


@pytest.mark.parametrize("hinder", [no_disk, no_runtime_folder, no_console])
def test_failed_boot_leaves_no_metadata_service_and_no_secret(launch, paths, sources, hinder):
    before = set(threading.enumerate())
    hinder(paths, sources)

    with pytest.raises(OSError, match=r"."):
        launch(USER_DATA)

    assert set(threading.enumerate()) <= before
    assert not (paths.runtime / "i-0123456789abcdef0").exists()


def test_killed_machine_takes_its_services_along(instance, paths):
    wait_for(lambda: seen(paths))
    known = processes(paths)

    known["machine"].signal_group(signal.SIGKILL)
    wait_for(lambda: not instance.is_alive())
    instance.terminate()

    assert wait_until_gone(list(known.values()), 20)


def test_machine_and_services_end_when_the_one_who_launched_them_is_killed(sources, paths, tmp_path):
    """As when the emulator is killed: the launching process is another one here, so that it can be killed."""

    values = {"paths": str(paths.state), "boot": str(sources.boot), "units": str(sources.units)}
    values["package"] = str(sources.packages[0])
    (tmp_path / "values.json").write_text(json.dumps(values))
    (tmp_path / "launch.py").write_text(LAUNCHER)
    root = Path(__file__).resolve().parents[4]
    command = [sys.executable, tmp_path / "launch.py", tmp_path / "values.json"]
    launcher = subprocess.Popen(command, env={"PYTHONPATH": str(root)})
    wait_for(lambda: seen(paths))
    known = processes(paths)

    launcher.kill()
    launcher.wait()

    assert wait_until_gone(list(known.values()), 20)


LAUNCHER = """
import json, sys, time
from pathlib import Path
from emulator.instances.image import Sources
from emulator.instances.local import LocalInstance, Surroundings
from emulator.instances.metadata import Identity, RoleCredentials
from emulator.paths import StatePaths
values = {name: Path(text) for name, text in json.loads(Path(sys.argv[1]).read_text()).items()}
identity = Identity("i-0123456789abcdef0", "0", "us-east-1", "us-east-1a", "ami-1", "t3.micro", "127.0.0.1", "x86_64",
                    "2026-01-01T00:00:00Z", "", "", "exec slipway-boot --stand-in", {})
sources = Sources((values["package"],), {}, values["boot"], values["units"])
surroundings = Surroundings(StatePaths(values["paths"]), "http://127.0.0.1:9", sources)
instance = LocalInstance(surroundings, identity, lambda: RoleCredentials("", "", "", ""))
time.sleep(60)
"""
