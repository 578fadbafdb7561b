"""Where things stand: below one state folder, and below the project. Names only; it neither reads nor writes."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_STATE = ROOT / ".slipway" / "emulator"
VENVS = ROOT / ".slipway" / "venvs"
EMULATOR_PYTHON = VENVS / "emulator" / "bin" / "python"
FUNCTIONS_PYTHON = VENVS / "lambda" / "bin" / "python"
MEMORY_FILE_SYSTEM = Path("/dev/shm")  # noqa: S108 - the point is that it is not on disk; each folder in it is 0700


def state_folder(text: str) -> Path:
    """Return the state folder that a command line names.

    :raises argparse.ArgumentTypeError: if it names none: an empty variable must not mean the current folder.
    """
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty; name a folder, or leave the option out")
    return Path(text).absolute()


@dataclass(frozen=True)
class StatePaths:
    """The parts of one emulator's state.

    :param state: absolute path of the folder that holds all of it.
    """

    state: Path

    @property
    def lock(self) -> Path:
        """Held while someone starts or stops this emulator."""
        return self.state / "lock"

    @property
    def port(self) -> Path:
        """Remembers the loopback port; function addresses contain it."""
        return self.state / "port"

    @property
    def resolver_port(self) -> Path:
        """Remembers the loopback port at which the zones of Route 53 can be asked."""
        return self.state / "resolver-port"

    @property
    def iam(self) -> Path:
        """Remembers whether policies count: `enforced` or `off`."""
        return self.state / "iam"

    @property
    def process(self) -> Path:
        """Identity of the running server."""
        return self.state / "process.json"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.state / "emulator.log"

    @property
    def services(self) -> Path:
        """Saved state of the AWS services."""
        return self.state / "aws"

    @property
    def objects(self) -> Path:
        """Contents of S3 buckets."""
        return self.state / "s3"

    @property
    def temporary(self) -> Path:
        """Scratch space, among it the unpacked functions; emptied at each start."""
        return self.state / "tmp"

    @property
    def trust(self) -> Path:
        """`*.pem` files here are added to the trust store of every local instance."""
        return self.state / "trust"

    @property
    def certificates(self) -> Path:
        """The authorities that functions trust; written anew at each start."""
        return self.state / "certificates.pem"

    @property
    def instances(self) -> Path:
        """One root folder per local instance; emptied at each start."""
        return self.state / "instances"

    @property
    def fleet(self) -> Path:
        """Whether the instances are as their groups want them; written anew at each look."""
        return self.state / "fleet.json"

    @property
    def runtime(self) -> Path:
        """Memory-backed folder for what instances must not write to a disk; on disk only where there is no such thing.

        It is outside of the state folder, so its name is derived from the state folder's and both vanish together.
        """
        if not MEMORY_FILE_SYSTEM.is_dir():
            return self.state / "run"
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:16]
        return MEMORY_FILE_SYSTEM / f"slipway-{digest}"
