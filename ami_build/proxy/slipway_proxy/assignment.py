"""What user data says to an instance, kept on its disk for later boots: which deployment it serves, in which group.

It holds no secret. Only the boot step reads it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from contract.environment import CONFIGURATION_DIRECTORY
from slipway_proxy.runtime import write_file

DEFAULT_DIRECTORY = "/etc/slipway"
FILE = "instance.json"
PREFIX = re.compile(r"(/[A-Za-z0-9_.-]+){2,}")


class AssignmentError(Exception):
    """There is no usable assignment; the message says why and what to do."""


@dataclass(frozen=True)
class Assignment:
    """What an instance is for.

    :param prefix: where the deployment's parameters stand, of the form `/project/environment`.
    :param group: name of the Auto Scaling group that waits for the instance; empty if none does.
    """

    prefix: str
    group: str

    def check(self) -> None:
        """Check that the prefix has its form.

        :raises AssignmentError: if not.
        """
        if PREFIX.fullmatch(self.prefix) is None:
            raise AssignmentError(f"the parameter prefix is {self.prefix!r}; it must look like /project/environment")

    def write(self, directory: Path) -> None:
        """Keep it, readable for the user who boots the instance and nobody else.

        :raises AssignmentError: if it cannot be kept.
        """
        try:
            directory.mkdir(mode=0o755, parents=True, exist_ok=True)
            write_file(directory / FILE, json.dumps(asdict(self)) + "\n", 0o600)
        except OSError as error:
            raise AssignmentError(f"cannot write {directory / FILE}: {error.strerror}") from error

    @classmethod
    def read(cls, directory: Path) -> Assignment:
        """Read what :meth:`write` wrote.

        :raises AssignmentError: if it is missing or something else.
        """
        path, remedy = directory / FILE, "run slipway-boot --parameter-prefix=PATH, as user data does"
        try:
            return cls(**json.loads(path.read_text()))
        except OSError as error:
            raise AssignmentError(f"cannot read {path}: {error.strerror}; {remedy}") from error
        except (ValueError, TypeError) as error:
            raise AssignmentError(f"{path} does not say what this instance is for ({error}); {remedy}") from error


def parser() -> argparse.ArgumentParser:
    """Return what reads the options of `slipway-boot`, with which user data says what the instance is for."""
    parser = argparse.ArgumentParser(
        prog="slipway-boot",
        description="turn this instance into a Slipway proxy; without options: as user data said at its first boot",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--parameter-prefix", metavar="PATH", help="where the deployment's parameters stand")
    what.add_argument("--rehearsal", action="store_true", help="start with made-up settings, to test an image")
    parser.add_argument("--group", default="", metavar="NAME", help="Auto Scaling group that waits for this instance")
    return parser


def directory_from(environment: Mapping[str, str]) -> Path:
    """Return the folder that the environment names, or the default one."""
    return Path(environment.get(CONFIGURATION_DIRECTORY) or DEFAULT_DIRECTORY)
