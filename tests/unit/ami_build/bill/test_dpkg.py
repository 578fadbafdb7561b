"""The packages of the operating system, from files as dpkg writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract import bills
from slipway_proxy.bill import dpkg
from slipway_proxy.bill.part import Part
from tests.unit.ami_build.bill import roots


def found(root: Path) -> dict[str, Part]:
    return {part.reference: part for part in dpkg.parts(root, dpkg.operating_system(root))}


def test_a_package_is_told_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    package = roots.paragraph("libssl3t64", "3.0.13-0ubuntu3.6", Source="openssl (3.0.13)", Description="TLS\n more")
    root = roots.system(tmp_path, package)
    roots.documentation(
        root, "libssl3t64", copyright_=f"{roots.COPYRIGHT}License: Apache-2.0\n", changelog=roots.OPENSSL_CHANGELOG
    )

    part = found(root)["system/libssl3t64:arm64"]

    assert (part.name, part.version, part.kind) == ("libssl3t64", "3.0.13-0ubuntu3.6", "library")
    assert part.purl == "pkg:deb/ubuntu/libssl3t64@3.0.13-0ubuntu3.6?arch=arm64&distro=ubuntu-24.04"
    assert (part.supplier, part.description) == ("Some One <one@example.org>", "TLS")
    assert part.licences == ("Apache-2.0",)
    assert part.fixes == ("CVE-2024-2002", "CVE-2026-1001")
    assert part.properties == {
        bills.ARCHITECTURE: "arm64",
        bills.SOURCE_PACKAGE: "openssl",
        bills.RELEASED: "2026-11-18",
        bills.SUITE: "noble-security",
    }


@pytest.mark.parametrize(
    ("status", "is_there"),
    [
        ("install ok installed", True),
        ("hold ok installed", True),
        ("install ok half-configured", True),
        ("install ok triggers-pending", True),
        ("deinstall ok config-files", False),
        ("unknown ok not-installed", False),
        ("", False),
    ],
)
def test_only_what_has_programs_left_counts(tmp_path: Path, status: str, is_there: bool) -> None:
    root = roots.system(tmp_path, roots.paragraph("a", "1", Status=status))

    assert bool(found(root)) is is_there


def test_dependencies_are_those_that_are_installed(tmp_path: Path) -> None:
    root = roots.system(
        tmp_path,
        roots.paragraph("app", "1", Depends="libc6 (>= 2.38), absent | mail-agent, awk:any, app", Pre_Depends="dpkg"),
        roots.paragraph("libc6", "2"),
        roots.paragraph("libc6", "2", Architecture="armhf"),
        roots.paragraph("exim4", "4", Provides="mail-agent (= 4), other"),
        roots.paragraph("mawk", "1", Provides="awk"),
        roots.paragraph("dpkg", "1"),
    )

    assert found(root)["system/app:arm64"].needs == (
        "system/dpkg:arm64",
        "system/exim4:arm64",
        "system/libc6:arm64",
        "system/libc6:armhf",
        "system/mawk:arm64",
    )


@pytest.mark.parametrize("name", ["linux-firmware", "firmware-realtek", "intel-microcode"])
def test_firmware_is_told_from_programs(tmp_path: Path, name: str) -> None:
    assert found(roots.system(tmp_path, roots.paragraph(name, "1")))[f"system/{name}:arm64"].kind == "firmware"


@pytest.mark.parametrize(
    "status",
    [
        b"",
        b"\n\n\n",
        b"nonsense",
        b"Package: a\n",
        b"\xff\xfe\x00",
        b": : :\n\n:",
        b"Package: a\nStatus: x installed\n",
    ],
)
def test_what_is_no_package_is_none(tmp_path: Path, status: bytes) -> None:
    root = roots.system(tmp_path)
    roots.write(root, dpkg.STATUS, status)

    assert found(root) == {}


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "-a", "a b", "é"])
def test_a_name_that_dpkg_would_not_take_leads_nowhere(tmp_path: Path, name: str) -> None:
    assert found(roots.system(tmp_path, roots.paragraph(name, "1"))) == {}


def test_the_system_is_named_wherever_its_file_is(tmp_path: Path) -> None:
    roots.write(tmp_path, "usr/lib/os-release", "ID=debian\nVERSION_ID='13'\n# a comment\nbroken\n")

    assert dpkg.operating_system(tmp_path) == {"ID": "debian", "VERSION_ID": "13"}
    assert dpkg.operating_system(tmp_path / "absent") == {}
