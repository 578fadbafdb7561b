"""Parts that neither dpkg nor pip knows: this application itself, and snaps.

A snap describes itself: https://documentation.ubuntu.com/snapcraft/stable/reference/project-file/snapcraft-yaml/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from contract.bills import Place
from contract.versions import APPLICATION
from slipway_proxy.bill.part import Part, line, package_url, read_text

NAME = "slipway"
SOURCES = ("app", "bin")
_HASH_CHARACTERS = 12


def part(folder: Path, needs: tuple[str, ...]) -> Part:
    """Return the application; its version names the hash of its sources too, as those change more often.

    :param folder: of all that belongs to this project, with its packages in `app` and its commands in `bin`.
    :param needs: references of what it uses directly.
    """
    version = f"{APPLICATION}+{_digest(folder)[:_HASH_CHARACTERS]}"
    return Part(
        reference=f"{Place.APPLICATION}/{NAME}",
        kind="application",
        name=NAME,
        version=version,
        place=Place.APPLICATION,
        purl=package_url("generic", NAME, version=version),
        description="Intercepting proxy, health application and boot step",
        licences=("MIT",),
        needs=needs,
    )


def snaps(root: Path) -> Iterator[Part]:
    """Yield the current revision of each snap; Ubuntu's image has the agent of Systems Manager as one."""
    for current in sorted((root / "snap").glob("*/current")):
        name = line(current.parent.name)
        said: dict[str, str] = {}
        for text in read_text(current / "meta/snap.yaml").splitlines():
            key, _, value = text.partition(":")
            said.setdefault(key, line(value.strip().strip("\"'")))
        version = said.get("version") or (current.readlink().name if current.is_symlink() else "")
        yield Part(
            reference=f"{Place.SNAP}/{name}",
            kind="application",
            name=name,
            version=version,
            place=Place.SNAP,
            purl=package_url("generic", name, version=version, repository_url="https://snapcraft.io"),
            description=said.get("summary", ""),
            licences=(said["license"],) if said.get("license") else (),
        )


def _digest(folder: Path) -> str:
    """Return the SHA-256 over names and contents of all files but bytecode, which Python makes of them."""
    whole = hashlib.sha256()
    found = (path for name in SOURCES for path in (folder / name).rglob("*"))
    for path in sorted(path for path in found if path.is_file() and path.suffix != ".pyc"):
        name = path.relative_to(folder).as_posix()
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
