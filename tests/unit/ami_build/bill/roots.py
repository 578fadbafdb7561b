"""Small roots of a Debian-like system, as the collectors of the bill read them."""

from __future__ import annotations

import gzip
from pathlib import Path

UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04.3 LTS"\nHOME_URL=https://u.example\n'
COPYRIGHT = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
OPENSSL_CHANGELOG = """openssl (3.0.13-0ubuntu3.6) noble-security; urgency=medium

  * SECURITY UPDATE: memory corruption
    - CVE-2026-1001

 -- A Maintainer <a@maintainer.example>  Wed, 18 Nov 2026 10:00:00 +0100

openssl (3.0.13-0ubuntu3) noble; urgency=medium

  * CVE-2024-2002, and CVE-2024-2002 once more

 -- A Maintainer <a@maintainer.example>  Mon, 01 Apr 2024 10:00:00 +0000
"""


def write(root: Path, name: str, content: str | bytes) -> Path:
    """Make a file below a root."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def paragraph(name: str, version: str, **fields: str) -> str:
    """Return what dpkg writes of a package; underscores in names of fields are hyphens."""
    given = {"Status": "install ok installed", "Architecture": "arm64", "Maintainer": "Some One <one@example.org>"}
    lines = [f"{key.replace('_', '-')}: {value}" for key, value in (given | fields).items()]
    return "\n".join([f"Package: {name}", f"Version: {version}", *lines, ""])


def system(root: Path, *packages: str) -> Path:
    """Make a root with an operating system and these packages; return it."""
    write(root, "etc/os-release", UBUNTU)
    write(root, "var/lib/dpkg/status", "\n".join(packages))
    return root


def documentation(root: Path, package: str, *, copyright_: str = "", changelog: str = "") -> Path:
    """Make a package's documentation, and return its folder."""
    folder = root / "usr/share/doc" / package
    folder.mkdir(parents=True, exist_ok=True)
    if copyright_:
        write(folder, "copyright", copyright_)
    if changelog:
        write(folder, "changelog.Debian.gz", gzip.compress(changelog.encode()))
    return folder


def distribution(environment: Path, name: str, version: str, metadata: str = "") -> None:
    """Put a Python distribution's metadata into an environment."""
    text = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n"
    write(environment, f"lib/python3.12/site-packages/{name}-{version}.dist-info/METADATA", text)
