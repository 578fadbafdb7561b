"""What is in the image: owners, modes, and nothing that the build, or the machine it ran on, should have kept."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.image import cloud_image
from local.image.builds import Workshop
from local.image.root import Root
from tests.image.conftest import Image

SETUID = {
    "/usr/bin/chage", "/usr/bin/expiry", "/usr/sbin/unix_chkpwd", "/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
}  # fmt: skip
"""Programs that run with more rights than who starts them has, all of the base system and without a way to more."""

OWNERS_AND_MODES = {
    "/opt/slipway": ("root:root", 0o755),
    "/opt/slipway/app/slipway_proxy/boot.py": ("root:root", 0o644),
    "/opt/slipway/bin/slipway-boot": ("root:root", 0o755),
    "/opt/slipway/proxy/bin/python": ("root:root", 0o755),
    "/etc/nftables.conf": ("root:root", 0o644),
    "/etc/systemd/system/slipway-boot.service": ("root:root", 0o644),
    "/etc/systemd/system/slipway-health.service": ("root:root", 0o644),
    "/etc/systemd/system/slipway-proxy@.service": ("root:root", 0o644),
    "/etc/systemd/system/slipway-proxy.slice": ("root:root", 0o644),
    "/etc/sysusers.d/slipway.conf": ("root:root", 0o644),
    "/etc/shadow": ("root:shadow", 0o640),
    "/root": ("root:root", 0o700),
    "/var/lib": ("root:root", 0o755),
}

SECRETS = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{64}"
    rb"|\bAKIA(?![0-9A-Z]*EXAMPLE)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b"
)
OF_TESTS = re.compile(r".*/site-packages/.*/tests?/.*")
"""Packages bring the throw-away keys of their own tests."""


def holds_secret(content: bytes) -> bool:
    # Libraries hold keys for the tests of themselves, so only text counts.
    return b"\0" not in content and SECRETS.search(content) is not None


def entries(image: Image) -> Iterator[tuple[str, Path, int]]:
    """Yield name, path and mode of all that is in the image but symbolic links."""
    for place, _folders, names in image.folder.walk():
        for path in (place, *(place / name for name in names)):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode):
                yield "/" + str(path.relative_to(image.folder)).removeprefix("."), path, mode


@pytest.mark.parametrize("name", OWNERS_AND_MODES)
def test_owner_and_mode(image: Image, name: str) -> None:
    groups = {line.split(":")[2]: line.split(":")[0] for line in image.path("/etc/group").read_text().splitlines()}
    users = {line.split(":")[2]: line.split(":")[0] for line in image.path("/etc/passwd").read_text().splitlines()}
    told = image.path(name).stat(follow_symlinks=False) if name != "/opt/slipway/proxy/bin/python" else None
    told = told or image.path("/opt/slipway/proxy/bin").stat()
    found = (f"{users[str(told.st_uid)]}:{groups[str(told.st_gid)]}", stat.S_IMODE(told.st_mode))
    assert found == OWNERS_AND_MODES[name]


def test_nobody_but_root_may_change_what_runs(image: Image) -> None:
    wrong = [
        name
        for name, path, mode in entries(image)
        if name.startswith(("/opt", "/usr", "/etc"))
        and (path.lstat().st_uid != 0 or mode & (stat.S_IWGRP | stat.S_IWOTH))
        and not stat.S_ISSOCK(mode)
    ]
    assert wrong == []


def test_only_sticky_folders_are_everyones_to_write(image: Image) -> None:
    wrong = [
        name
        for name, _path, mode in entries(image)
        if mode & stat.S_IWOTH and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX) and not name.startswith("/dev/")
    ]
    assert wrong == []


def test_no_other_program_runs_with_more_rights(image: Image) -> None:
    found = {
        name for name, _path, mode in entries(image) if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID)
    }
    assert found <= SETUID


def test_no_key_material_is_in_it(image: Image) -> None:
    found = [
        name
        for name, path, mode in entries(image)
        if stat.S_ISREG(mode) and not OF_TESTS.fullmatch(name) and holds_secret(path.read_bytes())
    ]
    assert found == []


@pytest.mark.parametrize(
    "pattern",
    ["etc/ssh/ssh_host_*", "root/.ssh/*", "home/*/.ssh/*", "root/.*history", "var/lib/apt/lists/*_*", "tmp/*",
     "var/cache/apt/archives/*.deb", "var/lib/slipway/*", "root/.cache", "var/tmp/*", "var/lib/cloud/instances/*",
     "etc/slipway/instance.json", "var/log/*.gz", "**/pip*.log", "var/lib/cloud/*",
     "var/lib/snapd/device", "home/*", "usr/sbin/sshd", "etc/sudoers.d/90-cloud-init-users"],
)  # fmt: skip
def test_nothing_of_the_build_is_left(image: Image, pattern: str) -> None:
    found = [path for path in image.folder.glob(pattern) if not (path.is_dir() and not any(path.iterdir()))]
    assert found == []


@pytest.mark.parametrize("name", [*cloud_image.FILES, "etc/ssh/ssh_host_ed25519_key", "usr/sbin/sshd"])
def test_the_build_had_something_to_remove(shop: Workshop, name: str) -> None:
    assert (shop.base / name).stat().st_size > 0


def test_the_user_of_the_base_image_is_gone(shop: Workshop, image: Image) -> None:
    for file in ("passwd", "group", "shadow", "gshadow"):
        assert f"\n{cloud_image.USER}:" in (shop.base / "etc" / file).read_text()
        assert f"\n{cloud_image.USER}:" not in image.path(f"/etc/{file}").read_text()


def test_there_is_no_swap_space(shop: Workshop, image: Image) -> None:
    assert " swap " in (shop.base / "etc/fstab").read_text()
    assert " swap " not in image.path("/etc/fstab").read_text()


def test_snapd_is_another_device_with_the_same_snaps(image: Image) -> None:
    state = json.loads(image.path("/var/lib/snapd/state.json").read_text())["data"]
    assert state["auth"]["device"] == {"brand": "canonical", "model": "ubuntu"}
    assert list(state["snaps"]) == ["amazon-ssm-agent"]
    assert not image.path("/var/lib/snapd/assertions/asserts-v0/serial").exists()


def test_it_is_nobody_yet(image: Image) -> None:
    assert image.path("/etc/machine-id").read_text().strip() in ("", "uninitialized")


def test_the_logs_do_not_tell_of_the_build(image: Image, machine: Root) -> None:
    logs = image.path("/var/log")
    assert [
        path for path in logs.rglob("*") if path.suffix != ".journal" and path.is_file() and path.stat().st_size
    ] == [logs / "README"]
    # The journal goes on after it was emptied: with what came after.
    before = [path.name for path in (logs / "journal").iterdir()]
    asked = ["journalctl", "--output=cat", *(f"--directory=/var/log/journal/{name}" for name in before)]
    assert "slipway-step-1.service" not in machine.run(asked).stdout


def test_nothing_of_the_machine_it_was_built_on_is_in_it(image: Image) -> None:
    assert image.path("/etc/resolv.conf").read_text() == ""
    assert "slipway-host" not in "".join(
        path.read_text(errors="replace") for path in image.path("/etc").rglob("*") if path.is_file()
    )


def test_nobody_can_sign_in(image: Image) -> None:
    passwords = [line.split(":")[1] for line in image.path("/etc/shadow").read_text().splitlines()]
    assert {password[:1] for password in passwords} <= {"!", "*"}
