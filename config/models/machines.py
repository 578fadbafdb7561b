"""EC2's instance types, as far as they are known here, and the rules on them.

One that AWS offers since is told from a slip of the pen by `exceptions.known-instance-type`. A test compares with
botocore, whose own list is inside a description of all of EC2 that takes too long to read at each synthesis.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from config.models.base import Architecture
from config.models.safeguards import Rule

if TYPE_CHECKING:
    from config.models.configuration import Configuration

FILE = Path(__file__).parent / "instance_types.txt"


@cache
def instance_types() -> frozenset[str]:
    """Return the names of all that are known."""
    families = (line.split() for line in FILE.read_text(encoding="utf-8").splitlines())
    return frozenset(f"{family}.{size}" for family, *sizes in families for size in sizes)


def check_known_types(configuration: Configuration) -> None:
    """Check that AWS has the instance types.

    :raises ValueError: if one is not known and nothing is said of it, or the other way about.
    """
    unknown = {name: path for path, name in _machines(configuration) if name not in instance_types()}
    excepted = Rule.KNOWN_INSTANCE_TYPE in configuration.exceptions
    if excepted and not unknown:
        raise ValueError(
            f"exceptions.{Rule.KNOWN_INSTANCE_TYPE}: all instance types are known, so there is nothing to except; "
            "take it out"
        )
    if unknown and not excepted:
        name, path = next(iter(unknown.items()))
        near = difflib.get_close_matches(name, sorted(instance_types()), n=1)
        raise ValueError(
            f"{path} {name}: no instance type that is known here; write {near[0] if near else 'another one'}, "
            f"or say in exceptions.{Rule.KNOWN_INSTANCE_TYPE} how you know that AWS has it"
        )


def check_architecture(configuration: Configuration) -> None:
    """Check that all machines are of the image's architecture.

    :raises ValueError: if one is not.
    """
    wanted = configuration.image.architecture
    for path, instance_type in _machines(configuration):
        if architecture_of(instance_type) is not wanted:
            raise ValueError(
                f"{path} {instance_type} is no {wanted.value} machine as image.architecture asks; "
                "write one that is, for example t4g for arm64 and t3 for x86_64"
            )


def architecture_of(instance_type: str) -> Architecture:
    """Return an instance type's architecture: Graviton families have a `g` after their generation (`t4g`, `c7gn`).

    Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    attributes = family.lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")
    return Architecture.ARM64 if family == "a1" or "g" in attributes else Architecture.X86_64


def _machines(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Yield the path and the instance type of each kind of machine."""
    yield from (("fleet.instance_types", instance_type) for instance_type in configuration.fleet.instance_types)
    yield "image.build_instance_type", configuration.image.build_instance_type
