"""Deploy, deploy again, destroy, with no more rights than that takes: nothing is done twice and nothing stays."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.models import LOCAL_ACCOUNT
from emulator.launcher import Emulator
from local import down
from local.execution_policy import registry
from local.execution_rights import derive, registered
from local.platform import Workspace
from local.up import bootstrap, cdk_environment, deployer_environment
from tests.e2e import inventory
from tests.e2e.conftest import ROOT, aws, run
from tests.synth.assemblies import synthesise


def cdk(workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = deployer_environment(Emulator(workspace.emulator))
    command = [str(ROOT / ".venv" / "bin" / "cdk"), *arguments, "-c", "env=local"]
    return subprocess.run(
        [*command, "--output", str(workspace.assembly)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_a_destroyed_platform_leaves_nothing(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    try:
        # As a process of its own, as its starter must wait for it and it ends elsewhere.
        command = [sys.executable, "-m", "emulator", "start", "--state", str(workspace.emulator)]
        started = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert started.returncode == 0, started.stderr
        environment = cdk_environment(Emulator(workspace.emulator))
        bootstrap(workspace, environment, execution_policies=derived_policies(workspace))
        empty = inventory.everything(aws(workspace))

        first = run("local.up", workspace)
        assert first.returncode == 0, first.stderr + first.stdout
        deployed = inventory.difference(empty, inventory.everything(aws(workspace)))
        assert len(deployed["cloudformation describe_stacks"]) == 9
        assert {
            "autoscaling describe_auto_scaling_groups",
            "budgets describe_budgets",
            "ec2 describe_instances",
            "ec2 describe_volumes",
            "imagebuilder list_lifecycle_policies",
            "kms list_keys",
            "logs describe_query_definitions",
        } <= deployed.keys()

        again = run("local.up", workspace)
        assert again.returncode == 0, again.stderr
        assert "9 unchanged" in again.stderr

        destroyed = cdk(workspace, "destroy", "--all", "--force")
        assert destroyed.returncode == 0, destroyed.stderr
        down.delete_images(workspace, Emulator(workspace.emulator))
        assert inventory.difference(empty, inventory.everything(aws(workspace))) == {}
        assert inventory.tagged(aws(workspace), "slipway:environment", "local") == []
        assert running_below(workspace) == []
    finally:
        removed = run("local.down", workspace)
    assert removed.returncode == 0, removed.stderr
    assert not workspace.emulator.exists()


def derived_policies(workspace: Workspace) -> list[str]:
    """Make the policies that are derived for CloudFormation, and return their ARNs."""
    assembly = synthesise("local", workspace.folder / "rights").folder
    documents = derive([assembly], LOCAL_ACCOUNT, registered(registry()))
    iam = aws(workspace).client("iam")
    return [
        iam.create_policy(PolicyName=f"execution-{number}", PolicyDocument=text)["Policy"]["Arn"]
        for number, text in enumerate(documents)
    ]


def running_below(workspace: Workspace) -> list[str]:
    """Return the command lines of processes that run from the workspace's instances folder."""
    folder = str(workspace.emulator / "instances").encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if folder in environment and int(process.name) != os.getpid():
            found.append(command.replace(b"\0", b" ").decode())
    return found


def start_up(workspace: Workspace) -> subprocess.Popen[str]:
    """Start `make up` in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", "local.up", "--state", str(workspace.folder)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_until_it_deploys(process: subprocess.Popen[str], workspace: Workspace) -> None:
    """Return as soon as the first resource of the deployment exists."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        names = [role["RoleName"] for role in deployed_roles(workspace)]
        if any(name.startswith("slipway-local") for name in names):
            return
        time.sleep(0.1)
    raise AssertionError("nothing was deployed within 120 s")


def deployed_roles(workspace: Workspace) -> list[dict[str, str]]:
    if not Emulator(workspace.emulator).is_running():
        return []
    return aws(workspace).client("iam").list_roles()["Roles"]


def test_an_interrupted_or_broken_deployment_is_completed_by_the_next(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    try:
        interrupted = start_up(workspace)
        wait_until_it_deploys(interrupted, workspace)
        os.killpg(interrupted.pid, signal.SIGINT)
        _, said = interrupted.communicate(timeout=60)
        assert interrupted.returncode == 130, said
        assert "interrupted; nothing is lost" in said
        assert "Traceback" not in said

        broken = start_up(workspace)
        while "cdk deploy" not in (broken.stderr.readline() if broken.stderr else ""):
            assert broken.poll() is None
        server = re.search(r'"pid": (\d+)', (workspace.emulator / "process.json").read_text())
        assert server
        os.kill(int(server[1]), signal.SIGKILL)
        _, said = broken.communicate(timeout=900)
        assert broken.returncode == 1, said
        assert "the embedded AWS ended in the middle of the deployment" in said
        assert "next: run 'make up' again" in said
        assert "Traceback" not in said

        completed = run("local.up", workspace)
        assert completed.returncode == 0, completed.stderr + completed.stdout
    finally:
        removed = run("local.down", workspace)
    assert removed.returncode == 0, removed.stderr
    assert running_below(workspace) == []
