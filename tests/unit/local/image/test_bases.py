"""Which bare system is made, from where, and with which debootstrap; making one for real is for `tests/image`."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.console import LocalError
from local.image import bases


@pytest.mark.parametrize(
    ("os_release", "name"),
    [
        ({"ID": "debian"}, "trixie"),
        ({"ID": "ubuntu", "ID_LIKE": "debian"}, "noble"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "noble"),
        ({"ID": "raspbian", "ID_LIKE": "debian"}, "trixie"),
    ],
)
def test_the_release_is_of_the_machines_family(os_release: dict[str, str], name: str) -> None:
    assert bases.release_for(os_release).name == name


def test_a_machine_without_apt_is_told_so() -> None:
    with pytest.raises(LocalError, match="Fedora Linux 43 has no apt") as told:
        bases.release_for({"ID": "fedora", "PRETTY_NAME": "Fedora Linux 43"})
    assert "Debian or Ubuntu" in told.value.next_step


@pytest.mark.parametrize("release", bases.RELEASES.values(), ids=lambda release: release.name)
def test_every_release_has_a_python_that_the_proxy_runs_on(release: bases.Release) -> None:
    assert tuple(map(int, release.python.split("."))) >= (3, 12)


@pytest.mark.parametrize(
    ("text", "mirror"),
    [
        ("deb https://mirror.example/debian bookworm main", "https://mirror.example/debian"),
        ("Types: deb\nURIs: http://mirror.example/debian/\nSuites: bookworm", "http://mirror.example/debian"),
        ("# deb https://old.example/debian x main\ndeb [signed-by=/k] https://new.example/debian x main", "https://new.example/debian"),
        ("deb https://mirror.example/debian-security bookworm-security main", ""),
        ("deb https://packages.example/tool stable main", ""),
        ("deb https://mirror.example/ubuntu noble main", ""),
    ],
)  # fmt: skip
def test_packages_come_from_where_the_machine_has_those_of_the_family_from(
    tmp_path: Path, text: str, mirror: str
) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "it.sources").write_text(text)
    (tmp_path / "sources.list.d" / "it.sources.bak").write_text("deb https://bak.example/debian x main")

    assert bases.mirror_for(bases.RELEASES["debian"], bases.apt_sources(tmp_path)) == mirror


def test_a_bare_system_that_is_there_is_not_made_again(tmp_path: Path) -> None:
    release = bases.RELEASES["debian"]
    ran = tmp_path / "bin"
    ran.mkdir()
    log = tmp_path / "log"
    made = f'case $last in {tmp_path}/roots/*) mkdir -p "$last/etc/apt";; esac'
    program = f'#!/bin/sh\necho "$@" >> {log}\nfor last; do {made}; done\n'
    (ran / "debootstrap").write_text(program)
    (ran / "debootstrap").chmod(0o755)
    environment = {"PATH": f"{ran}:/usr/bin:/bin"}

    first = bases.base(tmp_path / "roots", release, "http://mirror/debian", environment)
    second = bases.base(tmp_path / "roots", release, "http://other/debian", environment)

    assert first == second
    assert len(log.read_text().splitlines()) == 1
    assert "deb http://mirror/debian trixie-updates main" in (first / "etc/apt/sources.list").read_text()
    assert (first / "etc/machine-id").read_text() == ""


def test_a_debootstrap_that_fails_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "debootstrap").write_text("#!/bin/sh\necho E: no such mirror\nexit 1\n")
    (tmp_path / "debootstrap").chmod(0o755)
    with pytest.raises(LocalError, match="from http://m/debian:\n    E: no such mirror"):
        bases.base(
            tmp_path / "roots", bases.RELEASES["debian"], "http://m/debian", {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        )


def test_a_machine_without_debootstrap_gets_it_into_the_folder(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "apt-get"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho E: no network >&2\nexit 100\n")
    program.chmod(0o755)
    with pytest.raises(LocalError, match="debootstrap is not installed, and could not be fetched: E: no network"):
        bases.debootstrap(tmp_path, {"PATH": f"{program.parent}:/nowhere"})


def test_a_machine_that_can_have_no_packages_is_told_why(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://127.0.0.1:9/debian trixie main")
    sources = bases.apt_sources(tmp_path)

    assert "has no apt" in bases.why_none({"ID": "fedora", "PRETTY_NAME": "Fedora"}, sources)
    assert "trixie cannot be had from http://127.0.0.1:9/debian" in bases.why_none({"ID": "debian"}, sources)
    assert bases.why_none({"ID": "debian"}, []) == ""
