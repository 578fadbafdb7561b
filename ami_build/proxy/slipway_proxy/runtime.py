"""The runtime folder: how the boot step hands settings and certificates to the two services.

It is memory-backed (`/run/slipway`), so nothing in it survives the instance. This module only reads and writes it;
where the values come from is the business of `boot`.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contract.components import Function
from contract.environment import RUNTIME_DIRECTORY
from contract.fleet_settings import FleetSettings
from contract.modes import Mode
from contract.proxy_settings import ProxySettings

logger = logging.getLogger(__name__)

DEFAULT_DIRECTORY = "/run/slipway"
SETTINGS_FILE = "settings.json"
CA_FILE = "mitmproxy-ca.pem"
CA_CERTIFICATE_FILE = "mitmproxy-ca-cert.pem"
KEY_EXCHANGE_FILE = "mitmproxy-dhparam.pem"
USERS_FOLDER = "users"
USERS_FILE = "users/users.json"
FLEET_SETTINGS_FILES = "fleet-settings-{}.json"
LISTEN_ADDRESS = "SLIPWAY_LISTEN_ADDRESS"
ADMIN_ADDRESS = "SLIPWAY_ADMIN_ADDRESS"


class RuntimeFolderError(Exception):
    """The runtime folder is missing or does not hold what the services need."""


@dataclass(frozen=True)
class Runtime:
    """Everything that the services learn from the boot step.

    :param settings: settings of the deployment.
    :param functions: base URL of each function.
    :param instance_id: for example `i-0123456789abcdef0`.
    :param region: AWS region, for signing.
    :param prefix: where the deployment's parameters stand; empty where nothing is deployed.
    :param group: name of the instance's Auto Scaling group; empty if it is in none.
    :param processes: how many processes the proxy has; they are numbered from 1.
    :param process_memory_bytes: a process of the proxy with more than this lets its successor take over.
    :param users_secret_arn: the secret with the proxy's users; empty if nobody has to sign in.
    """

    settings: ProxySettings
    functions: Mapping[Function, str]
    instance_id: str
    region: str
    prefix: str
    group: str
    processes: int
    process_memory_bytes: int
    users_secret_arn: str

    def write(self, directory: Path) -> None:
        """Write the settings file; it holds no secret."""
        document = {
            "settings": asdict(self.settings),
            "functions": {function.value: url for function, url in self.functions.items()},
            "instance_id": self.instance_id,
            "region": self.region,
            "prefix": self.prefix,
            "group": self.group,
            "processes": self.processes,
            "process_memory_bytes": self.process_memory_bytes,
            "users_secret_arn": self.users_secret_arn,
        }
        write_file(directory / SETTINGS_FILE, json.dumps(document, indent=2, sort_keys=True) + "\n", 0o644)

    @classmethod
    def read(cls, directory: Path) -> Runtime:
        """Read what :meth:`write` wrote.

        :raises RuntimeFolderError: if the file is missing or not what this version understands.
        """
        path = directory / SETTINGS_FILE
        try:
            document: dict[str, Any] = json.loads(path.read_text())
            return cls(
                settings=ProxySettings.from_json(json.dumps(document["settings"])),
                functions={Function(name): url for name, url in document["functions"].items()},
                instance_id=document["instance_id"],
                region=document["region"],
                prefix=document["prefix"],
                group=document["group"],
                processes=document["processes"],
                process_memory_bytes=document["process_memory_bytes"],
                users_secret_arn=document["users_secret_arn"],
            )
        except OSError as error:
            raise RuntimeFolderError(
                f"cannot read {path}: {error.strerror}; run slipway-boot first, it writes this file"
            ) from error
        except (ValueError, TypeError, KeyError) as error:
            raise RuntimeFolderError(
                f"{path} is not what this version understands ({error!r}); run slipway-boot again"
            ) from error


def directory_from(environment: Mapping[str, str]) -> Path:
    """Return the runtime folder that the environment names, or the default one."""
    return Path(environment.get(RUNTIME_DIRECTORY) or DEFAULT_DIRECTORY)


def port_file(process: int) -> str:
    """Return the name of the file with the port on which one process alone answers, for its health check.

    :param process: its number.
    """
    return f"proxy-{process}.port"


def read_certificate(directory: Path) -> str:
    """Return the authority's public certificate, PEM.

    :raises RuntimeFolderError: if it cannot be read.
    """
    path = directory / CA_CERTIFICATE_FILE
    try:
        return path.read_text()
    except OSError as error:
        raise RuntimeFolderError(
            f"cannot read {path}: {error.strerror}; run slipway-boot first, it writes this file"
        ) from error


def keep_fleet_settings(directory: Path, number: int, settings: FleetSettings) -> None:
    """Write down what a process uses, for those that start later.

    :param number: that of the process; each has a file of its own, so that none undoes what another has written.
    """
    write_file(directory / FLEET_SETTINGS_FILES.format(number), settings.to_json() + "\n", 0o600)


def kept_fleet_settings(directory: Path) -> FleetSettings:
    """Return the newest that a process of this instance has kept; where none has, those that change nothing."""
    found = [FleetSettings()]
    for path in directory.glob(FLEET_SETTINGS_FILES.format("*")):
        try:
            found.append(FleetSettings.from_json(path.read_text()))
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be used: %s", path, error)
    return max(found, key=lambda settings: settings.version)


def write_file(path: Path, text: str, mode: int) -> None:
    """Replace a file in one step, so that no reader ever sees half of it or looser permissions than `mode`."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    temporary.replace(path)


def problems(settings: ProxySettings) -> Iterator[str]:
    """Yield what is wrong with the settings, each with the bad value and what is allowed."""
    allowed = ", ".join(mode.value for mode in Mode)
    if settings.default_mode not in list(Mode):
        yield f"default_mode is {settings.default_mode!r}, allowed are {allowed}"
    for name in ("proxy_port", "health_port", "admin_port"):
        # The services run without the privilege that lower ports need.
        if not 1024 <= getattr(settings, name) <= 65535:
            yield f"{name} is {getattr(settings, name)!r}, allowed are 1024 to 65535"
    for name in ("function_timeout_seconds", "max_page_bytes", "statistics_interval_seconds"):
        if not getattr(settings, name) > 0:
            yield f"{name} is {getattr(settings, name)!r}, it must be more than 0"
    if not 0 < settings.memory_percent <= 75:
        yield f"memory_percent is {settings.memory_percent!r}, allowed are 1 to 75"
    for name in ("processes", "drain_seconds", "client_requests_per_second"):
        if not getattr(settings, name) >= 0:
            yield f"{name} is {getattr(settings, name)!r}, it must not be less than 0"
    for name in ("allowed_client_networks", "allowed_destination_networks"):
        for network in getattr(settings, name):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                yield f"{name} holds {network!r}, which is no CIDR block: {error}"
