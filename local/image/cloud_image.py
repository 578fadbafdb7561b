"""What Ubuntu's machine images have and a bare system has not, because somebody could come in by it or be known by it.

Without it the documents' hardening would have nothing to harden here, and no test could tell whether it does. It writes
files only; packages are :data:`local.image.bases.PACKAGES`.
"""

from __future__ import annotations

import json
from pathlib import Path

USER = "ubuntu"
DEVICE = {"brand": "canonical", "key-id": "key-of-a-device", "model": "ubuntu", "serial": "serial-of-a-device"}

ACCOUNTS = {
    "etc/passwd": f"{USER}:x:1000:1000:Ubuntu:/home/{USER}:/bin/bash\n",
    "etc/group": f"{USER}:x:1000:\n",
    "etc/shadow": f"{USER}:$6$salt$hash:20000:0:99999:7:::\n",
    "etc/gshadow": f"{USER}:!::\n",
    "etc/fstab": "/swapfile none swap sw 0 0\n",
}
"""Lines that are added, by file. The user has a password, which on AWS nobody gives it: all the more to be locked."""

FILES = {
    f"home/{USER}/.ssh/authorized_keys": "ssh-ed25519 AAAA somebody\n",
    "root/.ssh/authorized_keys": "ssh-ed25519 AAAA somebody\n",
    "etc/sudoers.d/90-cloud-init-users": f"{USER} ALL=(ALL) NOPASSWD:ALL\n",
    "usr/lib/sysctl.d/99-protect-links.conf": "fs.protected_fifos = 1\nfs.protected_hardlinks = 1\n"
    "fs.protected_regular = 2\nfs.protected_symlinks = 1\n",
    "var/lib/cloud/instances/i-0123456789abcdef0/user-data.txt": "#!/bin/sh\n",
    "var/lib/cloud/data/instance-id": "i-0123456789abcdef0\n",
    "var/lib/cloud/seed/nocloud/meta-data": "instance-id: i-0123456789abcdef0\n",
    "var/lib/snapd/device/private-keys-v1/key-of-a-device": "a private key\n",
    "var/lib/snapd/assertions/asserts-v0/serial/canonical": "type: serial\n",
    "var/lib/snapd/state.json": json.dumps({"data": {"auth": {"device": DEVICE}, "snaps": {"amazon-ssm-agent": {}}}}),
}
"""Contents, by file. What procps says of links: https://packages.ubuntu.com/noble/amd64/procps/filelist"""


def furnish(root: Path) -> None:
    """Put it all into a root folder that debootstrap has made."""
    for name, text in ACCOUNTS.items():
        with _made(root / name).open("a") as file:
            file.write(text)
    for name, text in FILES.items():
        _made(root / name).write_text(text)
    (root / "var/lib/cloud/instance").symlink_to("instances/i-0123456789abcdef0")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
