"""Bills of materials of machine images, and what is different between two: plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contract.bills import SECURITY_SUITE, Place


class Group(StrEnum):
    """What a part belongs to, in the order in which people read of it, and in their words."""

    APPLICATION = "application"
    PROXY = "Python packages of the proxy"
    HEALTH = "Python packages of the health application"
    SYSTEM = "system packages"
    SNAP = "snaps"
    OTHER = "others"

    @classmethod
    def of(cls, place: str) -> Group:
        """Return the group of a part that is installed in a place; of others than :class:`Place` knows, `OTHER`."""
        return cls[Place(place).name] if place in list(Place) else cls.OTHER


@dataclass(frozen=True)
class Part:
    """One part of an image.

    :param architecture: that it is built for, where that is known.
    :param licences: SPDX identifiers or expressions, or words; empty where they are not known.
    :param released: day of its release, as 2026-11-21, where that is known.
    :param suite: of the archive that it was released in, where that is known.
    :param fixes: vulnerabilities that its changelog names as fixed.
    :param sha256: of the archive that it was installed from, where that is known.
    """

    group: Group
    name: str
    version: str
    architecture: str = ""
    licences: tuple[str, ...] = ()
    released: str = ""
    suite: str = ""
    fixes: frozenset[str] = frozenset()
    sha256: str = ""

    @property
    def is_security_update(self) -> bool:
        """Whether the archive released it for the sake of security."""
        return self.suite.endswith(SECURITY_SUITE)


@dataclass(frozen=True)
class Bill:
    """A bill of materials.

    :param digest: SHA-256 of its document, in hex.
    :param system: the operating system, as it calls itself.
    :param base_image: id of the AMI that the image was built on; empty where that is not known.
    """

    digest: str
    spec_version: str
    system: str
    base_image: str
    parts: tuple[Part, ...]


class Kind(StrEnum):
    """What became of a part."""

    CAME = "came"
    WENT = "went"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    CHANGED = "changed"
    """Another version or content, of which nobody can say whether it is newer."""


@dataclass(frozen=True)
class Change:
    """A part that is not the same in both images.

    :param old: none where it came.
    :param new: none where it went.
    :param fixes: vulnerabilities that the new one's changelog names and the old one's does not.
    """

    kind: Kind
    old: Part | None
    new: Part | None
    fixes: tuple[str, ...] = ()

    @property
    def part(self) -> Part:
        """The part as it is now, or as it was last."""
        found = self.new or self.old
        if found is None:
            raise ValueError("a change is of a part that was there before or is there now")
        return found

    @property
    def is_security(self) -> bool:
        """Whether its own archive says that it is for the sake of security; of Python packages nobody says so."""
        if self.kind is Kind.UPGRADED:
            return bool(self.fixes) or self.part.is_security_update
        return self.kind is Kind.DOWNGRADED and self.old is not None and self.old.is_security_update


@dataclass(frozen=True)
class Comparison:
    """What is different between two images.

    :param changes: security first, then by group and name.
    :param same: number of the parts that are the same in both.
    """

    old: Bill
    new: Bill
    changes: tuple[Change, ...]
    same: int
    counts: Mapping[Kind, int] = field(init=False)

    def __post_init__(self) -> None:
        """Count the changes of each kind."""
        object.__setattr__(self, "counts", Counter(change.kind for change in self.changes))

    @property
    def is_equal(self) -> bool:
        """Whether both images are made of the same parts on the same base."""
        return not self.changes and (self.old.system, self.old.base_image) == (self.new.system, self.new.base_image)
