"""Lay out an instance's root folder as the machine image would be, from the working tree and the built environments."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.instances.machine import SPECIFICATION
from emulator.paths import ROOT, VENVS

AMI_BUILD = ROOT / "ami_build"
_IMAGE_ROOT = "/opt/slipway"
_RUNTIME = "/run/slipway"
_CONFIGURATION = "/etc/slipway"


@dataclass(frozen=True)
class Sources:
    """What an image is made of.

    :param packages: Python packages that go into the application folder.
    :param environments: virtual environments by their name below the image's root.
    :param boot: the command that user data runs.
    :param units: folder of the systemd units.
    """

    packages: tuple[Path, ...]
    environments: Mapping[str, Path]
    boot: Path
    units: Path


PROJECT = Sources(
    packages=(AMI_BUILD / "proxy" / "slipway_proxy", ROOT / "contract"),
    environments={"proxy": VENVS / "proxy", "health": VENVS / "health"},
    boot=AMI_BUILD / "bin" / "slipway-boot",
    units=AMI_BUILD / "systemd",
)


@dataclass(frozen=True)
class Installation:
    """One instance's folders.

    :param root: what stands for `/`.
    :param runtime: what stands for the runtime folder; memory-backed where there is such a thing.
    """

    root: Path
    runtime: Path

    @property
    def console(self) -> Path:
        """What a serial console would show."""
        return self.root / "console.log"

    def places(self) -> dict[str, str]:
        """Return where the image's fixed paths stand here."""
        on_disk = {path: f"{self.root}{path}" for path in (_IMAGE_ROOT, _CONFIGURATION)}
        return {**on_disk, _RUNTIME: str(self.runtime)}


def install(installation: Installation, sources: Sources, user_data: str) -> None:
    """Make the disk of a new instance.

    :param user_data: the script that it will run; may be empty.
    """
    root = installation.root
    image = root / _IMAGE_ROOT.lstrip("/")
    (root / "bin").mkdir(parents=True)
    (image / "app").mkdir(parents=True)
    for package in sources.packages:
        # A copy, as in an image: what is edited meanwhile must not reach an instance that runs.
        shutil.copytree(package, image / "app" / package.name)
    for name, folder in sources.environments.items():
        (image / name).symlink_to(folder)
    _write_commands(root, sources)
    (root / "user-data").write_text(user_data)


def prepare(installation: Installation, sources: Sources, *, environment: Mapping[str, str], trust: Path) -> None:
    """Write what an instance finds each time it boots.

    :param environment: what it needs to know beside what is the same for all.
    :param trust: folder of certificates (`*.pem`) to trust beside the system's.
    """
    root = installation.root
    installation.runtime.parent.mkdir(mode=0o700, exist_ok=True)
    installation.runtime.mkdir(mode=0o700)
    (root / "trusted.pem").write_bytes(trusted_certificates(trust))
    specification = {
        "environment": {**_environment(installation), **environment},
        "places": installation.places(),
        "units": str(sources.units),
    }
    (root / SPECIFICATION).write_text(json.dumps(specification, indent=2))


def _write_commands(root: Path, sources: Sources) -> None:
    # A variable, quoted, and not the path itself: the path may hold spaces.
    boot = sources.boot.read_text().replace(_IMAGE_ROOT, f'"$SLIPWAY_INSTANCE_ROOT"{_IMAGE_ROOT}')
    shim = Path(__file__).with_name("systemctl.py")
    systemctl = f'#!/bin/sh\nexec "{sys.executable}" "{shim}" "{root}" "$@"\n'
    for name, text in (("slipway-boot", boot), ("systemctl", systemctl)):
        command = root / "bin" / name
        command.write_text(text)
        command.chmod(0o755)
    (folder := root / _IMAGE_ROOT.lstrip("/") / "bin").mkdir()
    (folder / "slipway-boot").symlink_to(root / "bin" / "slipway-boot")


def _environment(installation: Installation) -> dict[str, str]:
    """Return what every instance has. No credentials: those come from its metadata service, as on AWS."""
    root = installation.root
    return {
        "PATH": f"{root}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(root),
        "LANG": "C.UTF-8",
        "SLIPWAY_INSTANCE_ROOT": str(root),
        "SLIPWAY_RUNTIME_DIRECTORY": str(installation.runtime),
        "SLIPWAY_CONFIGURATION_DIRECTORY": f"{root}{_CONFIGURATION}",
        "SSL_CERT_FILE": str(root / "trusted.pem"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def trusted_certificates(trust: Path) -> bytes:
    """Return the system's certificates and those of a folder, as one bundle."""
    parts = [path.read_bytes() for path in (_system_bundle(), *sorted(trust.glob("*.pem"))) if path is not None]
    return b"\n".join(parts)


def _system_bundle() -> Path | None:
    paths = ssl.get_default_verify_paths()
    candidates = (paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem")
    return next((Path(path) for path in candidates if path and Path(path).is_file()), None)
