"""What this machine lends to a root while an image is built in it: where pip and apt find things, and whom to trust.

It reads settings and writes them to a folder; nothing of it becomes part of an image.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse

INSIDE = "/run/slipway-host"
"""Where the folder lies in the root; in memory there."""

PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
CA_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
TRUST = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
OF_THE_MACHINE = ("cache-dir", "log", "target", "prefix", "user", "require-virtualenv", "python")
"""Settings of pip that are about this machine, and not about where packages come from."""
APT_SETTINGS = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries", "Acquire::ForceIPv4")


@dataclass(frozen=True)
class Loan:
    """What a root gets.

    :param folder: holds the files.
    :param folders: further folders, by the name that they get below :data:`INSIDE`.
    :param environment: variables for every command.
    """

    folder: Path
    folders: Mapping[str, Path]
    environment: Mapping[str, str]


def lend(folder: Path, *, pip: Mapping[str, str], apt: str, environ: Mapping[str, str]) -> Loan:
    """Write what a root gets into a folder.

    :param pip: pip's settings by their name on the command line, for example `index-url`.
    :param apt: what `apt-config dump` prints.
    :param environ: this process's environment.
    """
    variables = {name: environ[name] for name in PROXIES if name in environ}
    bundle = next((path for path in (environ.get("SSL_CERT_FILE"), *CA_BUNDLES) if path and Path(path).is_file()), None)
    if bundle:
        shutil.copyfile(bundle, folder / "ca.pem")
        variables |= dict.fromkeys(TRUST, f"{INSIDE}/ca.pem")
    kept = [line for line in apt.splitlines() if line.startswith(APT_SETTINGS)]
    if bundle:
        kept.append(f'Acquire::https::CAInfo "{INSIDE}/ca.pem";')
    (folder / "apt.conf").write_text("".join(f"{line}\n" for line in kept))
    resolver = Path("/etc/resolv.conf")
    (folder / "resolv.conf").write_text(resolver.read_text() if resolver.is_file() else "")
    variables["APT_CONFIG"] = f"{INSIDE}/apt.conf"
    folders: dict[str, Path] = {}
    for name, value in pip.items():
        if name not in (*OF_THE_MACHINE, "cert"):
            words = [_moved(word, folders) for word in value.split()]
            variables[f"PIP_{name.upper().replace('-', '_')}"] = " ".join(words)
    return Loan(folder, folders, variables)


def _moved(word: str, folders: dict[str, Path]) -> str:
    """Return a setting with the folder that it names where the root sees it."""
    is_url = word.startswith("file://")
    path = Path(unquote(urlparse(word).path) if is_url else word)
    if not path.is_absolute() or not path.is_dir():
        return word
    # The pages of an index in a folder may lead to files beside it.
    needed = path.parent if is_url and path.parent != Path("/") else path
    folders[f"folders{needed}"] = needed
    inside = f"{INSIDE}/folders{path}"
    return f"file://{inside}" if is_url else inside


def pip_settings(python: str) -> dict[str, str]:
    """Return this machine's settings of pip, those of the environment last, as the strongest.

    :param python: an interpreter that has pip.
    """
    listing = subprocess.run(
        [python, "-m", "pip", "config", "list"], check=False, capture_output=True, text=True
    ).stdout
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listing.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in found:
            found[section][name] = value.strip("'\"").replace("\\n", " ")
    return found["global"] | found["install"] | found[":env:"]


def apt_settings() -> str:
    """Return what `apt-config dump` prints, or nothing where there is no apt."""
    if not shutil.which("apt-config"):
        return ""
    return subprocess.run(["apt-config", "dump"], check=False, capture_output=True, text=True).stdout


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """Return what a system says of itself, by key; nothing where it says nothing."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    return {key: value.strip("'\"") for key, sign, value in (line.partition("=") for line in lines) if sign}


_NAMESPACES = ("--mount", "--pid", "--uts", "--ipc", "--cgroup", "--net")
PROBE = (
    "unshare", "--mount", "sh", "-ec",
    "mount -t tmpfs tmpfs /mnt; mkdir /mnt/tree; mount -t cgroup2 cgroup2 /mnt/tree\n"
    "mkdir /mnt/tree/slipway-probe-$$; rmdir /mnt/tree/slipway-probe-$$\n"
    f"exec unshare {' '.join(_NAMESPACES)} --fork --kill-child=KILL mount -t proc proc /proc",
)  # fmt: skip
"""What `enter.sh` begins with; all of it is gone when it ends."""


def can_isolate(probe: Sequence[str] = PROBE) -> str:
    """Return why even root can have no system of its own here, as in most containers; nothing where it can."""
    tried = subprocess.run(probe, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if tried.returncode == 0:
        return ""
    why = (tried.stderr.strip().splitlines() or [f"status {tried.returncode}"])[0]
    return f"this machine lets nobody run a system of its own, as a container does unless it is privileged ({why})"


def can_build(system: str, user: int, isolate: Callable[[], str] = can_isolate) -> str:
    """Return why this process can make no root, or nothing where it can.

    :param system: what `platform.system()` says. :param user: the effective user's number.
    :param isolate: tells why root can have no system of its own.
    """
    if system != "Linux":
        return f"the components are run in a Debian root, which takes Linux, and this is {system}"
    if user != 0:
        return "a root of its own is made by root; type the same with sudo"
    missing = [name for name in ("unshare", "nsenter", "setpriv", "mount", "pivot_root") if not _found(name)]
    return f"this machine lacks {', '.join(missing)} (package util-linux)" if missing else isolate()


def _found(name: str) -> bool:
    # Programs for root are not on everyone's path.
    return bool(shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin"))
