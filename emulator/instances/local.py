"""One local instance: its folders, its metadata service, and the process that is the machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.instances import image
from emulator.instances.image import Installation, Sources
from emulator.instances.machine import remember
from emulator.instances.metadata import Identity, Metadata, MetadataServer, RoleCredentials
from emulator.paths import ROOT, StatePaths
from emulator.processes import ProcessIdentity, end

TERMINATION_SECONDS = 1.0


@dataclass(frozen=True)
class Surroundings:
    """What all instances of one emulator have in common.

    :param paths: the emulator's state.
    :param endpoint_url: address of the emulator.
    :param sources: what the image is made of.
    """

    paths: StatePaths
    endpoint_url: str
    sources: Sources = image.PROJECT


class LocalInstance:
    """A running instance. Making one boots it; its user data runs when it does so for the first time.

    :param identity: who it is.
    :param credentials: gives credentials of its role.
    :param changing: gives what its metadata tells beside what never changes, by the path below `/latest/`.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        identity: Identity,
        credentials: Callable[[], RoleCredentials | None],
        changing: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.identity = identity
        paths = surroundings.paths
        name = identity.instance_id
        self._installation = Installation(paths.instances / name, paths.runtime / name)
        if not self._installation.root.exists():
            image.install(self._installation, surroundings.sources, identity.user_data)
        self._metadata = MetadataServer(Metadata(identity, credentials, changing))
        try:
            self._prepare(surroundings)
            self._process = self._launch()
        except BaseException:
            self._close()
            raise

    @property
    def console(self) -> Path:
        """Its console log."""
        return self._installation.console

    def is_alive(self) -> bool:
        """Tell whether the machine runs; its services may still be down."""
        return self._process.poll() is None

    def ask_to_end(self) -> None:
        """Begin to end it; does not wait."""
        if self.is_alive():
            self._process.terminate()

    def terminate(self) -> None:
        """End it and everything in it; its disk stays, so that its console is readable and it can be booted again."""
        if self.is_alive():
            end([ProcessIdentity.find(self._process.pid)], TERMINATION_SECONDS)
        self._process.wait()
        end([ProcessIdentity.load(path) for path in self._installation.root.glob("processes/*.json")], 0)
        self._close()

    def _prepare(self, surroundings: Surroundings) -> None:
        environment = {
            "AWS_ENDPOINT_URL": surroundings.endpoint_url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self._metadata.url,
            "SLIPWAY_LISTEN_ADDRESS": self.identity.private_address,
            "SLIPWAY_ADMIN_ADDRESS": self.identity.private_address,
        }
        trust = surroundings.paths.trust
        image.prepare(self._installation, surroundings.sources, environment=environment, trust=trust)

    def _close(self) -> None:
        """Give back what an instance has beside its disk and its processes."""
        self._metadata.close()
        shutil.rmtree(self._installation.runtime, ignore_errors=True)
        with contextlib.suppress(OSError):
            # Only the last instance leaves the common folder empty.
            self._installation.runtime.parent.rmdir()

    def _launch(self) -> subprocess.Popen[bytes]:
        root = self._installation.root
        with self._installation.console.open("ab") as console:
            process = subprocess.Popen(
                [sys.executable, "-m", "emulator.instances.machine", root],
                cwd=root,
                env={"PATH": os.pathsep.join(os.get_exec_path()), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        remember(root, "machine", process.pid)
        return process
