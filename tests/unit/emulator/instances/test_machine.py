"""The machine's service manager, with real processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emulator.instances.machine import CLIENT_SECONDS, SPECIFICATION, ServiceManager, control
from emulator.instances.units import Unit, UnitError
from emulator.paths import ROOT
from emulator.processes import ProcessIdentity

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


def unit(name: str, command: tuple[str, ...] = SLEEP, **changes) -> Unit:
    values = {"environment": {}, "required_paths": (), "restart": "no", "restart_seconds": 0.0, "stop_seconds": 5.0}
    return Unit(name=name, command=command, **{**values, **changes})


@pytest.fixture
def units():
    return {}


@pytest.fixture
def manager(tmp_path, units):
    def load(name: str) -> Unit:
        try:
            return units[name]
        except KeyError:
            raise UnitError(f"there is no unit {name}") from None

    made = ServiceManager(tmp_path, {"PATH": os.environ["PATH"], "BASE": "1"}, load)
    yield made
    made.shut_down(5)


def recorded(root: Path, name: str) -> ProcessIdentity:
    identity = ProcessIdentity.load(root / "processes" / f"{name}.json")
    assert identity is not None
    return identity


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_start_stop_and_state(manager, units, tmp_path):
    units["a.service"] = unit("a.service")

    manager.start("a.service")
    process = recorded(tmp_path, "a.service")
    assert manager.is_active("a.service")
    assert process.is_alive()

    manager.stop("a.service")
    assert not manager.is_active("a.service")
    assert not process.is_alive()


def test_starting_twice_is_starting_once(manager, units, tmp_path):
    units["a.service"] = unit("a.service")
    manager.start("a.service")
    first = recorded(tmp_path, "a.service")

    manager.start("a.service")

    assert recorded(tmp_path, "a.service") == first


def test_environment_is_the_machine_s_and_the_unit_s(manager, units, tmp_path):
    show = f"import json, os; open({str(tmp_path / 'seen')!r}, 'w').write(json.dumps(dict(os.environ)))"
    units["a.service"] = unit("a.service", (sys.executable, "-c", show), environment={"OWN": "2"})

    manager.start("a.service")
    wait_for(lambda: (tmp_path / "seen").exists() and (tmp_path / "seen").read_text())

    seen = json.loads((tmp_path / "seen").read_text())
    assert (seen["BASE"], seen["OWN"]) == ("1", "2")


def ending(folder: Path, status: int, **changes) -> Unit:
    """Return a service that notes each start and ends at once."""
    return unit("a.service", ("/bin/sh", "-c", f"echo >> '{folder}/starts'; exit {status}"), **changes)


def starts(folder: Path) -> int:
    noted = folder / "starts"
    return len(noted.read_text().splitlines()) if noted.exists() else 0


def test_service_that_ends_is_started_again_after_its_pause(manager, units, tmp_path):
    units["a.service"] = ending(tmp_path, 0, restart="always", restart_seconds=30.0)
    manager.start("a.service")
    wait_for(lambda: not manager.is_active("a.service"))

    manager.tend(100.0)
    manager.tend(129.0)
    assert starts(tmp_path) == 1
    manager.tend(130.0)
    wait_for(lambda: starts(tmp_path) == 2)


@pytest.mark.parametrize(("restart", "status", "again"), [
    ("no", 1, False), ("on-failure", 1, True), ("on-failure", 0, False), ("always", 0, True),
])  # fmt: skip
def test_restart_policy(manager, units, tmp_path, restart, status, again):
    units["a.service"] = ending(tmp_path, status, restart=restart)
    manager.start("a.service")
    wait_for(lambda: not manager.is_active("a.service"))

    manager.tend(1.0)
    wait_for(lambda: not manager.is_active("a.service"))

    assert starts(tmp_path) == (2 if again else 1)


def test_service_waits_for_nothing_that_is_missing(manager, units, tmp_path):
    units["a.service"] = unit("a.service", required_paths=(tmp_path / "settings.json",))

    with pytest.raises(UnitError, match=r"settings\.json, which does not exist"):
        manager.start("a.service")


def test_control_speaks_systemctl(manager, units):
    units["a.service"] = unit("a.service")

    assert control(manager, {"verb": "is-active", "units": ["a"]}) == {"status": 3, "text": "inactive"}
    assert control(manager, {"verb": "start", "units": ["a"]}) == {"status": 0, "text": ""}
    assert control(manager, {"verb": "is-active", "units": ["a.service"]}) == {"status": 0, "text": "active"}
    assert control(manager, {"verb": "stop", "units": ["a"]})["status"] == 0
    assert control(manager, {"verb": "is-active", "units": ["a"]})["status"] == 3


@pytest.mark.parametrize(("verb", "text"), [("start", "there is no unit none.service"), ("dance", "'dance'")])
def test_control_says_what_is_wrong(manager, verb, text):
    reply = control(manager, {"verb": verb, "units": ["none"]})

    assert reply["status"] == 1
    assert text in reply["text"]


def test_program_that_is_not_there_is_an_error_and_no_crash(manager, units):
    units["a.service"] = unit("a.service", ("/none/such",))

    assert control(manager, {"verb": "start", "units": ["a"]})["status"] == 1


@pytest.fixture
def machine(tmp_path, monkeypatch):
    (tmp_path / SPECIFICATION).write_text(json.dumps({"environment": {}, "units": str(tmp_path), "places": {}}))
    (tmp_path / "user-data").write_text("")
    command = [sys.executable, "-m", "emulator.instances.machine", tmp_path]
    process = subprocess.Popen(command, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)
    wait_for((tmp_path / "systemctl.sock").exists)
    # A socket's name may not be as long as the full path.
    monkeypatch.chdir(tmp_path)
    yield process
    process.terminate()
    process.wait()


def connected() -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(CLIENT_SECONDS + 20)
    wait_for(lambda: connection.connect_ex("systemctl.sock") == 0)
    return connection


def is_answered() -> bool:
    with connected() as connection:
        connection.sendall(b'{"verb": "is-active", "units": ["a"]}\n')
        return json.loads(connection.makefile().readline())["text"] == "inactive"


@pytest.mark.parametrize("line", [
    b"", b"\n", b"{broken\n", b"\xff\n", b"5\n", b"{}\n", b'{"verb": "start", "units": [5]}\n',
])  # fmt: skip
def test_client_that_sends_nonsense_and_goes_away_does_not_end_the_machine(machine, line):
    with connected() as connection:
        connection.sendall(line)

    assert is_answered()
    assert machine.poll() is None


def test_client_that_does_not_wait_for_its_answer_does_not_end_the_machine(machine):
    with connected() as connection:
        connection.sendall(b'{"verb": "is-active", "units": ["a"]}\n')

    assert is_answered()


def test_silent_client_does_not_block_the_machine(machine):
    with connected():
        assert is_answered()


def asked(request: dict) -> dict:
    with connected() as connection:
        connection.sendall(f"{json.dumps(request)}\n".encode())
        return json.loads(connection.makefile().readline())


def test_the_start_of_a_oneshot_service_waits_until_it_has_ended_and_others_are_answered_meanwhile(machine, tmp_path):
    # Like the boot step: it asks the machine something itself, and says how it went.
    script = tmp_path / "step"
    script.write_text(
        "#!/bin/sh\n"
        f"{sys.executable} {ROOT}/emulator/instances/systemctl.py {tmp_path} is-active a > {tmp_path}/heard\n"
        f"exit $(cat {tmp_path}/status)\n"
    )
    script.chmod(0o755)
    text = f"[Service]\nType=oneshot\nStandardOutput=journal+console\nExecStart={script}\n"
    (tmp_path / "step.service").write_text(text)
    for status, reply in ((0, ""), (3, "Job for step.service failed because it ended with 3.")):
        (tmp_path / "status").write_text(str(status))
        assert asked({"verb": "start", "units": ["step"]}) == {"status": int(bool(status)), "text": reply}
        assert (tmp_path / "heard").read_text() == "" or (tmp_path / "heard").read_text() == "inactive\n"
