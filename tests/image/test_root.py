"""A system that runs in a folder: what is its own, what ends with it, and what is told where it cannot run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emulator.launcher import Emulator
from emulator.processes import ProcessIdentity, wait_until_gone
from local.console import LocalError
from local.image import builds, root
from local.image.actions import TimedOut
from local.image.builds import Hearing, Workshop
from local.image.root import Root
from tests.image.conftest import ROOT, left_of


def test_systemd_is_its_first_process_and_commands_are_its_units(bare: Root) -> None:
    assert bare.run(["cat", "/proc/1/comm"]).stdout == "systemd\n"
    assert "slipway-step-" in bare.run(["cat", "/proc/self/cgroup"]).stdout


def test_standard_input_output_and_status_are_the_commands(bare: Root) -> None:
    outcome = bare.run(["bash", "-c", "cat; echo $HOME% >&2; exit 3"], b"in\0")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (3, "in\0", "/root%\n")


def test_a_command_ends_with_all_that_it_started(bare: Root) -> None:
    with pytest.raises(TimedOut):
        bare.run(["bash", "-c", "setsid sleep 300 & sleep 300"], seconds=0.3)
    assert bare.run(["pgrep", "--exact", "sleep"]).stdout == ""


def test_what_is_ended_by_force_leaves_nothing(shop: Workshop) -> None:
    place = shop.folder / "forced"
    program = (
        "import sys, time; from pathlib import Path; from local.image.builds import *; from local.image import s3\n"
        "folder, base = map(Path, sys.argv[1:])\n"
        "shop = Workshop(folder, base, {}, None, {}, {})\n"
        "with shop.instance('forced', base, hearing=Hearing()) as machine:\n"
        "    print(machine.pid, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(shop.folder), str(shop.base)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    first = Path(f"/proc/{int(process.stdout.readline())}")
    process.kill()
    process.communicate()

    deadline = time.monotonic() + 10
    while first.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not first.exists()
    # As the next run does it with the folder of a run.
    (shop.folder / "left").mkdir()
    place.rename(shop.folder / "left" / "forced")
    builds.end_left(shop.folder / "left")
    assert left_of(place) == []


def test_ctrl_c_ends_the_command_that_runs_and_leaves_nothing(shop: Workshop) -> None:
    program = (
        "import signal, sys; from pathlib import Path; from local.image.builds import *\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "folder, base = map(Path, sys.argv[1:])\n"
        "shop = Workshop(folder, base, {}, None, {}, {})\n"
        "try:\n"
        "    hearing = Hearing(line=lambda line: print(line, flush=True))\n"
        "    with shop.instance('stopped', base, hearing=hearing) as machine:\n"
        "        machine.run(['bash', '-c', 'echo it runs; sleep 987654'])\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped')\n"
    )
    command = [sys.executable, "-c", program, str(shop.folder), str(shop.base)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "it runs\n"
    # As a terminal does it: all that belong to the command are told.
    os.killpg(process.pid, signal.SIGINT)
    try:
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()

    # The service manager's own client may have a last word on its connection, which ends under it.
    assert said.splitlines()[-1] == "stopped"
    assert left_of(shop.folder / "stopped") == []


def test_a_folder_that_holds_no_system_is_told(shop: Workshop, tmp_path: Path) -> None:
    with (
        pytest.raises(LocalError, match="did not start") as told,
        shop.instance("nothing", tmp_path, hearing=Hearing()),
    ):
        pass
    assert "a virtual machine does" in told.value.next_step
    assert left_of(shop.folder / "nothing") == []


def test_a_run_that_was_ended_by_force_is_tidied_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "run-old").mkdir()
    (tmp_path / "run-half-removed" / "root").mkdir(parents=True)
    with root.workplace(tmp_path) as mine, root.workplace(tmp_path) as other:
        assert {path.name for path in tmp_path.iterdir()} == {mine.name, other.name}
    assert list(tmp_path.iterdir()) == []


def test_what_still_runs_of_a_run_that_was_ended_by_force_is_ended_first(tmp_path: Path) -> None:
    left = Emulator(tmp_path / "run-old" / "aws")
    left.state.mkdir(parents=True)
    writer = subprocess.Popen(
        ["sh", "-c", "while :; do mkdir -p $0/objects/$$; done", str(left.state)], start_new_session=True
    )
    try:
        ProcessIdentity.of(writer.pid).save(left.state / "process.json")
        with root.workplace(tmp_path, ending=builds.end_left) as mine:
            assert list(tmp_path.iterdir()) == [mine]
    finally:
        writer.kill()
        writer.wait()


def test_what_cannot_be_removed_of_an_earlier_run_is_told_and_in_nobodys_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def cannot(old: Path) -> None:
        raise LocalError(f"{old} cannot be removed: it is busy", "wait")

    (tmp_path / "run-old").mkdir()
    with root.workplace(tmp_path, ending=cannot):
        pass
    assert "run-old cannot be removed: it is busy" in capsys.readouterr().err


def test_the_embedded_aws_of_a_run_that_is_ended_by_force_ends_with_it(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from emulator.launcher import Emulator\n"
        "Emulator(Path(sys.argv[1]), bound=True).start(); print('ready', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "aws")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        server = ProcessIdentity.load(tmp_path / "aws" / "process.json")
        process.kill()
    try:
        assert server is not None
        assert wait_until_gone([server], 60.0)
    finally:
        Emulator(tmp_path / "aws").destroy()


def test_only_its_own_network_can_be_set_up(shop: Workshop, bare: Root) -> None:
    assert bare.run(["ip", "link", "add", "mine", "type", "dummy"]).status != 0
    bare.reachable = False
    own = bare.run(["ip", "-brief", "link"]).stdout
    assert {line.split("@")[0].split()[0] for line in own.splitlines()} <= {"lo", "sit0", "tunl0", "ip6tnl0"}
    assert bare.run(["sysctl", "-w", "kernel.panic=1"]).status != 0


def test_a_restart_keeps_the_disk_and_not_the_memory(bare: Root) -> None:
    bare.run(["bash", "-c", "touch /srv/disk /run/memory"])
    bare.reboot()
    assert bare.run(["ls", "/srv/disk"]).status == 0
    assert bare.run(["ls", "/run/memory"]).status != 0
