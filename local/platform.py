"""The platform that runs on this machine: where its parts are, read from what the deployment and the emulator wrote.

It only reads. Nothing here starts, changes or stops anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import httpx

import config
from contract.outputs import LOAD_BALANCER_DNS_NAME
from emulator.instances.running import is_settled, running_instances
from emulator.launcher import Emulator
from emulator.paths import StatePaths
from local.setup import WORK

ENVIRONMENT = "local"
"""The environment of `config/environments` that this machine runs."""


@dataclass(frozen=True)
class Workspace:
    """The folder in which one local platform keeps everything that it writes; several stand side by side.

    :param folder: `.slipway` unless the caller wants a platform apart.
    """

    folder: Path = WORK

    @property
    def emulator(self) -> Path:
        return self.folder / "emulator"

    @property
    def pages(self) -> Path:
        return self.folder / "pages"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def outputs(self) -> Path:
        """Outputs of all stacks, as `cdk deploy --outputs-file` writes them."""
        return self.folder / "outputs.json"

    @property
    def assembly(self) -> Path:
        return self.folder / "cdk.out"

    @property
    def ca_certificate(self) -> Path:
        """The fleet's CA certificate, for browsers and curl."""
        return self.folder / "ca.pem"

    def deployed_outputs(self) -> dict[str, dict[str, str]]:
        """Return the outputs of all stacks by stack name; empty before the first deployment."""
        if not self.outputs.exists():
            return {}
        loaded: dict[str, dict[str, str]] = json.loads(self.outputs.read_text(encoding="utf-8"))
        return loaded


@dataclass(frozen=True)
class Instance:
    """A proxy instance of the Auto Scaling group, running as local processes.

    :param instance_id: its EC2 id.
    :param address: its own loopback address.
    """

    instance_id: str
    address: str
    proxy_port: int
    health_port: int
    admin_port: int

    @property
    def proxy_url(self) -> str:
        return f"http://{self.address}:{self.proxy_port}"

    @property
    def health_url(self) -> str:
        return f"http://{self.address}:{self.health_port}"

    @property
    def dashboard_url(self) -> str:
        return f"http://{self.address}:{self.admin_port}/dashboard"

    def is_healthy(self) -> bool:
        """Return whether its health check passes, which includes a round trip through the proxy."""
        try:
            return httpx.get(f"{self.health_url}/info/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def certificate(self) -> str:
        """Return the fleet's CA certificate as PEM text."""
        return httpx.get(f"{self.health_url}/ca.pem", timeout=5, trust_env=False).raise_for_status().text


@dataclass(frozen=True)
class LoadBalancer:
    """The load balancer in front of the instances: where browsers find the proxy.

    :param name: its DNS name on AWS.
    :param address: its own loopback address.
    :param port: TCP port of its listener.
    :param healthy_targets: number of instances that get connections.
    """

    name: str
    address: str
    port: int
    healthy_targets: int

    @property
    def proxy_url(self) -> str:
        return f"http://{self.address}:{self.port}"


def load_balancer_of(workspace: Workspace, emulator: Emulator) -> LoadBalancer | None:
    """Return the load balancer that was deployed, None while it does not listen.

    :raises emulator.launcher.EmulatorError: if the embedded AWS does not run.
    """
    names = {values.get(LOAD_BALANCER_DNS_NAME) for values in workspace.deployed_outputs().values()}
    for found in emulator.control("load-balancers")["LoadBalancers"]:
        for listener in found["Listeners"]:
            if found["DNSName"] in names and listener["LocalPort"]:
                healthy = [target for target in listener["Targets"] if target["State"] == "healthy"]
                return LoadBalancer(found["DNSName"], found["Address"], listener["LocalPort"], len(healthy))
    return None


@dataclass(frozen=True)
class DeployedStack:
    """A CloudFormation stack of the platform.

    :param status: as CloudFormation shows it, for example `CREATE_COMPLETE`.
    """

    name: str
    status: str

    @property
    def is_sound(self) -> bool:
        """Return whether its last operation ended well, or was rolled back well."""
        return self.status.endswith("_COMPLETE")


def stacks_of(emulator: Emulator) -> list[DeployedStack]:
    """Return the platform's stacks that there are.

    :raises emulator.launcher.EmulatorError: if the embedded AWS does not run.
    """
    known = emulator.control("stacks")["stacks"]
    own = [stack for stack in known if stack["name"].startswith(f"slipway-{ENVIRONMENT}-")]
    return [DeployedStack(stack["name"], stack["status"]) for stack in own]


def instances_of(workspace: Workspace) -> list[Instance]:
    """Return the instances that run; their ports are those of the configuration, as on AWS."""
    proxy = config.load(ENVIRONMENT).proxy
    return [
        Instance(found.instance_id, found.address, proxy.port, proxy.health_port, proxy.admin_port)
        for found in running_instances(StatePaths(workspace.emulator).instances)
    ]


def fleet_is_settled(workspace: Workspace, since: float) -> bool:
    """Return whether, after a moment in seconds since the epoch, the group had the instances it wants, and no more."""
    return is_settled(StatePaths(workspace.emulator).fleet, since)
