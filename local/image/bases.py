"""The bare system that an image is built on here: a release of this machine's family that has Python >= 3.12.

It is made with debootstrap, once, and kept in a folder; a machine without debootstrap gets it into that folder too,
since it is only scripts. Nothing is ever installed on the machine itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.console import LocalError, step
from local.image import cloud_image
from local.setup import wait_with_word


@dataclass(frozen=True)
class Release:
    """A release to build on.

    :param name: its code name. :param family: `ID` in its `os-release`.
    :param python: version of its `python3`.
    :param archive: how the address of a place with its packages ends.
    :param suites: endings of the further suites in its sources.
    """

    name: str
    family: str
    python: str
    archive: str
    components: str
    suites: tuple[str, ...]


RELEASES = {
    "debian": Release("trixie", "debian", "3.13", "debian", "main", ("-updates",)),
    "ubuntu": Release("noble", "ubuntu", "3.12", "ubuntu", "main,universe", ("-updates", "-security")),
}
"""By family. Sources: https://packages.debian.org/trixie/python3, https://packages.ubuntu.com/noble/python3"""

PACKAGES = (
    "systemd",
    "systemd-sysv",
    "dbus",
    "ca-certificates",
    "iproute2",
    "procps",
    "python3-minimal",
    "openssh-server",
)
"""What the machine images of Ubuntu have and the smallest system of debootstrap has not."""


def release_for(os_release: Mapping[str, str]) -> Release:
    """Return what to build on here.

    :param os_release: what this machine says of itself.
    :raises LocalError: if it is of no family with apt.
    """
    families = [os_release.get("ID", ""), *os_release.get("ID_LIKE", "").split()]
    found = next((RELEASES[family] for family in families if family in RELEASES), None)
    if found is None:
        name = os_release.get("PRETTY_NAME", "this system")
        raise LocalError(
            f"{name} has no apt, from which the root comes",
            "do it on Debian or Ubuntu, for example in a virtual machine",
        )
    return found


def mirror_for(release: Release, sources: Sequence[Path]) -> str:
    """Return where this machine has the packages of a release's family from; empty for where debootstrap would look.

    :param sources: files of `sources.list` and `*.sources`.
    """
    # Suites of security and such have places of their own, so only one that holds a release itself will do.
    for path in sources:
        for address in _addresses(path):
            if address.endswith(f"/{release.archive}"):
                return address
    return ""


def _addresses(sources: Path) -> Iterator[str]:
    """Yield the addresses in a file of sources, but for those in comments."""
    text = "\n".join(line for line in sources.read_text().splitlines() if not line.lstrip().startswith("#"))
    for address in re.findall(r"(?:https?|file):/{1,3}[^\s\]]+", text):
        yield str(address).rstrip("/")


def why_none(os_release: Mapping[str, str], sources: Sequence[Path]) -> str:
    """Return why this machine cannot have packages to make a bare system of, or nothing where it can.

    :param os_release: what this machine says of itself. :param sources: see :func:`mirror_for`.
    """
    try:
        release = release_for(os_release)
    except LocalError as error:
        return str(error)
    mirror = mirror_for(release, sources)
    if not mirror.startswith("http"):
        return ""
    try:
        httpx.head(f"{mirror}/dists/{release.name}/Release", follow_redirects=True, timeout=20).raise_for_status()
    except httpx.HTTPError as error:
        return f"packages of {release.family} {release.name} cannot be had from {mirror}: {error}"
    return ""


def apt_sources(folder: Path = Path("/etc/apt")) -> list[Path]:
    """Return the files that say where this machine's packages come from."""
    found = [folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))]
    return [path for path in found if path.is_file() and path.suffix in (".list", ".sources")]


def base(folder: Path, release: Release, mirror: str, environment: Mapping[str, str]) -> Path:
    """Return the folder of the bare system; make it if it is not there.

    :param folder: where bare systems are kept.
    :param mirror: see :func:`mirror_for`.
    :param environment: for debootstrap, with the settings of proxies.
    :raises LocalError: if it cannot be made.
    """
    identity = hashlib.sha256(f"{release} {PACKAGES} {cloud_image.ACCOUNTS} {cloud_image.FILES}".encode()).hexdigest()[
        :12
    ]
    place = folder / f"{release.name}-{identity}"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / "lock"):
        if place.is_dir():
            return place
        unfinished = folder / f"{place.name}.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        with step(f"make a bare {release.family} {release.name} with debootstrap"):
            _bootstrap(folder, release, mirror, unfinished, environment)
            cloud_image.furnish(unfinished)
        unfinished.rename(place)
    return place


def _bootstrap(folder: Path, release: Release, mirror: str, target: Path, environment: Mapping[str, str]) -> None:
    program, settings = debootstrap(folder, environment)
    options = ["--variant=minbase", f"--include={','.join(PACKAGES)}", f"--components={release.components}"]
    keyring = next((path for path in keyrings(folder, release) if path.is_file()), None)
    if keyring:
        options.append(f"--keyring={keyring}")
    log = folder / f"{target.name}.log"
    script = settings.get("DEBOOTSTRAP_DIR", "/usr/share/debootstrap") + f"/scripts/{release.name}"
    # An older debootstrap does not know the newest release by name; all of a family are made in the same way.
    generic = (
        []
        if Path(script).exists()
        else [str(Path(script).with_name({"debian": "sid", "ubuntu": "gutsy"}[release.family]))]
    )
    with log.open("wb") as output:
        done = subprocess.Popen(
            [program, *options, release.name, str(target), mirror, *generic],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment, **settings},
        )
        wait_with_word(done, "debootstrap")
    if done.returncode:
        tail = "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-8:])
        raise LocalError(
            f"debootstrap could not make a root of {release.name} from {mirror or 'its own mirror'}:\n{tail}",
            f"see that this machine reaches that mirror (all of it: {log}), then try again",
        )
    suites = [release.name, *(release.name + suffix for suffix in release.suites)]
    sources = target / "etc/apt/sources.list"
    used = mirror or next(_addresses(sources))
    lines = [f"deb {used} {suite} {release.components.replace(',', ' ')}\n" for suite in suites]
    sources.write_text("".join(lines))
    (target / "etc/hostname").write_text("localhost\n")
    (target / "etc/resolv.conf").write_text("")
    (target / "etc/machine-id").write_text("")


def keyrings(folder: Path, release: Release) -> Iterator[Path]:
    """Yield where the keys may lie that a release is signed with."""
    for place in (Path("/usr/share/keyrings"), folder / "tools/usr/share/keyrings"):
        yield place / f"{release.family}-archive-keyring.gpg"


def debootstrap(folder: Path, environment: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the program and the variables that it wants; fetch it into the folder if this machine has none.

    :raises LocalError: if it cannot be fetched.
    """
    installed = shutil.which("debootstrap", path=environment.get("PATH"))
    if installed:
        return installed, {}
    tools = folder / "tools"
    program = tools / "usr/sbin/debootstrap"
    if not program.exists():
        tools.mkdir(exist_ok=True)
        _fetch(tools, environment)
    return str(program), {"DEBOOTSTRAP_DIR": str(tools / "usr/share/debootstrap")}


def _fetch(tools: Path, environment: Mapping[str, str]) -> None:
    """Unpack debootstrap from the machine's own package archive, with lists of packages of its own."""
    lists = tools / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    # Lists of packages of the machine's own are not touched.
    private = ["-o", f"Dir::State::lists={lists}", "-o", "APT::Sandbox::User=root", "-q"]
    commands = [
        ["apt-get", *private, "update"],
        ["apt-get", *private, "download", "debootstrap"],
        ["sh", "-c", 'dpkg-deb -x debootstrap_*.deb "$PWD"'],
    ]
    for command in commands:
        done = subprocess.run(command, check=False, cwd=tools, capture_output=True, text=True, env=dict(environment))
        if done.returncode:
            raise LocalError(
                f"debootstrap is not installed, and could not be fetched: {' '.join(done.stderr.split())[-500:]}",
                "install the package debootstrap, or see that apt-get update works, then try again",
            )
    shutil.rmtree(lists)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
