"""The whole platform, deployed by the commands that people type."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from contract.components import Function
from emulator.launcher import Emulator
from emulator.paths import StatePaths
from emulator.processes import ProcessIdentity
from local.browse import Browser
from local.page_server import PageServer
from local.platform import Instance, LoadBalancer, Workspace, instances_of, load_balancer_of
from tests.e2e.accounts import Account, open_account

ROOT = Path(__file__).parents[2]


def run(module: str, workspace: Workspace, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the local commands as `make` does."""
    return subprocess.run(
        [sys.executable, "-m", module, "--state", str(workspace.folder), *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
    )


def aws(workspace: Workspace) -> boto3.Session:
    """Return a session whose clients talk to the workspace's embedded AWS and to nothing else."""
    environment = Emulator(workspace.emulator).environment()
    return EmulatedSession(environment["AWS_ENDPOINT_URL"])


class EmulatedSession(boto3.Session):
    """A boto3 session with one endpoint for all services."""

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")
        self._endpoint_url = endpoint_url

    def client(self, service_name: str, **arguments: object) -> object:  # type: ignore[override]
        return super().client(service_name, endpoint_url=self._endpoint_url, **arguments)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # the process has ended meanwhile
        return b""


@dataclass(frozen=True)
class Platform:
    """A deployed platform and everything that a test needs to use it.

    :param output: what `make up` printed.
    """

    workspace: Workspace
    load_balancer: LoadBalancer
    server: PageServer
    output: str

    @property
    def instance(self) -> Instance:
        """The one instance that runs; a test may have replaced it."""
        [instance] = instances_of(self.workspace)
        return instance

    @property
    def load_balancer_now(self) -> LoadBalancer:
        """The load balancer with what it knows of its targets by now."""
        found = load_balancer_of(self.workspace, Emulator(self.workspace.emulator))
        assert found is not None
        return found

    @property
    def aws(self) -> boto3.Session:
        return aws(self.workspace)

    def browser(self) -> Browser:
        """Return a client that goes through the load balancer and the proxy, and trusts its certificate authority."""
        return Browser(self.load_balancer.proxy_url, self.instance.certificate())

    def direct(self) -> Browser:
        """Return a client that asks the page server itself."""
        return Browser(None, self.server.ca_certificate.read_text())

    def process(self, unit: str) -> ProcessIdentity | None:
        """Return the process of a service on the instance; None where there is none just now."""
        folder = StatePaths(self.workspace.emulator).instances / self.instance.instance_id / "processes"
        return ProcessIdentity.load(folder / f"{unit}.json")

    def workers(self, function: Function) -> list[ProcessIdentity]:
        """Return the processes that wait for calls of a function."""
        name = self.stack_output("functions", f"{function.pascal}Name")
        wanted = (f"AWS_LAMBDA_FUNCTION_NAME={name}\0".encode(), bytes(StatePaths(self.workspace.emulator).temporary))
        environments = Path("/proc").glob("[0-9]*/environ")
        own = [file for file in environments if all(part in _read(file) for part in wanted)]
        return [ProcessIdentity.of(int(file.parent.name)) for file in own]

    def stack_output(self, stack: str, key: str) -> str:
        return self.workspace.deployed_outputs()[f"slipway-local-{stack}"][key]


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account with two regions; each test that deploys into it leaves it as it was."""
    with open_account(tmp_path_factory.mktemp("account")) as opened:
        yield opened


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Deploy once for all tests that do not change what is deployed, and remove it at the end."""
    workspace = Workspace(tmp_path_factory.mktemp("platform"))
    try:
        result = run("local.up", workspace)
        assert result.returncode == 0, result.stderr + result.stdout
        assert len(instances_of(workspace)) == 1
        load_balancer = load_balancer_of(workspace, Emulator(workspace.emulator))
        assert load_balancer is not None
        yield Platform(workspace, load_balancer, PageServer(workspace.pages), result.stdout)
    finally:
        removed = run("local.down", workspace)
    assert removed.returncode == 0, removed.stderr
