"""A bootstrapped account of the embedded AWS, into which tests deploy any environment with the real command line."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from emulator.launcher import Emulator
from local.platform import Workspace
from local.up import bootstrap, cdk_environment
from tests.synth.assemblies import ROOT, synthesise

HOME, ABROAD = "us-east-1", "eu-west-1"
BRISK = (
    "fleet.deregistration_delay_seconds=0",
    "proxy.drain_seconds=0",
    "proxy.processes=1",
    "fleet.rollout.bake_minutes=0",
    "fleet.scaling.warmup_seconds=0",
    "fleet.health_check.interval_seconds=5",
    "fleet.health_check.timeout_seconds=5",
    "fleet.health_check.unhealthy_threshold=10",
    "fleet.health_check.healthy_threshold=2",
)
"""Settings that cut short what only takes its time, as an operator might: draining, baking, slow health checks."""


@dataclass
class Account:
    """A bootstrapped account, and the assemblies that are deployed into it."""

    workspace: Workspace
    emulator: Emulator
    settings: dict[Path, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """Environment and overrides of each assembly."""
    images: dict[str, str] = field(default_factory=dict)
    """The image stack's template of each environment, as it was deployed and built last."""

    def session(self, region: str = HOME) -> boto3.Session:
        return Regional(self.emulator.endpoint_url, region)

    def synthesise(self, environment: str, *overrides: str, root: Path = ROOT) -> Path:
        # A new one each time: in one process the CDK believes that an asset is still where it once put it.
        folder = Path(tempfile.mkdtemp(prefix=f"{environment}-", dir=self.workspace.folder))
        self.settings[folder] = environment, overrides
        return synthesise(environment, folder, overrides=overrides, root=root).folder

    def cdk(self, command: str, assembly: Path, *arguments: str) -> str:
        """Run `cdk` on an assembly and return what it says; it has to succeed."""
        return self._run("cdk", command, "--app", str(assembly), *arguments)

    def image(self, command: str, assembly: Path, *arguments: str) -> str:
        """Run `slipway image` for an assembly's environment and return what it says; it has to succeed."""
        environment, overrides = self.settings[assembly]
        chosen = [word for override in overrides for word in ("--set", override)]
        return self._run("slipway", "image", command, environment, *chosen, *arguments)

    def _run(self, program: str, *arguments: str) -> str:
        result = subprocess.run(
            [str(Path(sys.prefix) / "bin" / program), *arguments],
            cwd=self.workspace.folder,
            env=cdk_environment(self.emulator),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert result.returncode == 0, f"{program} {arguments}: {result.stdout[-3000:]}{result.stderr[-6000:]}"
        return result.stderr

    def deploy(self, assembly: Path, *which: str) -> str:
        """Deploy the stacks that are named; without any build the image, if it is another one, and deploy all."""
        options = ("--require-approval", "never", "--concurrency", "4")
        environment, _ = self.settings[assembly]
        image = f"slipway-{environment}-image"
        template = (assembly / f"{image}.template.json").read_text()
        if not which and self.images.get(environment) != template:
            self.cdk("deploy", assembly, image, *options)
            self.image("build", assembly)
            self.images[environment] = template
        return self.cdk("deploy", assembly, *(which or ["--all"]), *options)

    def destroy(self, assembly: Path, *which: str) -> str:
        """Destroy the stacks that are named, or all and the images."""
        environment, _ = self.settings[assembly]
        self.images.pop(environment, None)
        said = self.cdk("destroy", assembly, *(which or ["--all"]), "--force")
        if not which:
            said += self.image("delete", assembly, "--all", "--yes")
        return said

    def stacks(self, environment: str, region: str = HOME) -> dict[str, str]:
        """Return the status of each stack of an environment in a region."""
        pages = self.session(region).client("cloudformation").get_paginator("describe_stacks").paginate()
        found = [stack for page in pages for stack in page["Stacks"]]
        own = [stack for stack in found if stack["StackName"].startswith(f"slipway-{environment}-")]
        return {stack["StackName"]: stack["StackStatus"] for stack in own}


class Regional(boto3.Session):
    """A session whose clients talk to the embedded AWS only."""

    def __init__(self, endpoint_url: str, region: str) -> None:
        super().__init__(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)
        self._endpoint_url = endpoint_url

    def client(self, service_name: str, **arguments: Any) -> Any:  # type: ignore[override]
        return super().client(service_name, endpoint_url=self._endpoint_url, **arguments)


@contextmanager
def open_account(folder: Path) -> Iterator[Account]:
    """Start an embedded AWS and bootstrap two regions of it."""
    workspace = Workspace(folder)
    emulator = Emulator(workspace.emulator)
    emulator.start()
    try:
        for region in (HOME, ABROAD):
            (workspace.emulator / "bootstrapped").unlink(missing_ok=True)
            bootstrap(workspace, {**cdk_environment(emulator), "CDK_DEFAULT_REGION": region})
        yield Account(workspace, emulator)
    finally:
        emulator.stop()
