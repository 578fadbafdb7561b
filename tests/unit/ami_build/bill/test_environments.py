"""Python distributions, from metadata as installers write it and as nobody should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract.bills import Place
from slipway_proxy.bill import environments
from slipway_proxy.bill.part import Part
from tests.unit.ami_build.bill import roots

HASH = "0123456789abcdef" * 4


def found(environment: Path) -> dict[str, Part]:
    return {part.name: part for part in environments.parts(environment, Place.PROXY)}


def report(name: str = "Foo_Bar", version: str = "1.0", digest: object = HASH) -> str:
    archive = {"archive_info": {"hashes": {"sha256": digest}}, "url": "https://index.example/foo.whl"}
    return json.dumps({"install": [{"download_info": archive, "metadata": {"name": name, "version": version}}]})


def test_a_distribution_is_told_with_the_hash_of_its_archive(tmp_path: Path) -> None:
    roots.distribution(
        tmp_path, "Foo_Bar", "1.0", "License-Expression: MIT OR Apache-2.0\nAuthor: Jörg\nSummary: Does it"
    )
    roots.write(tmp_path, environments.REPORT, report())

    assert found(tmp_path) == {
        "foo-bar": Part(
            reference="proxy/foo-bar",
            kind="library",
            name="foo-bar",
            version="1.0",
            place=Place.PROXY,
            purl="pkg:pypi/foo-bar@1.0",
            supplier="Jörg",
            description="Does it",
            licences=("MIT OR Apache-2.0",),
            sha256=HASH,
        )
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"install": [{}]}',
        report(version="2.0"),
        report(digest="not a hash"),
        report(digest=None),
        report(name=3),  # type: ignore[arg-type]
    ],
)
def test_without_a_usable_report_there_is_no_hash(tmp_path: Path, text: str) -> None:
    roots.distribution(tmp_path, "foo-bar", "1.0")
    roots.write(tmp_path, environments.REPORT, text)

    assert found(tmp_path)["foo-bar"].sha256 == ""


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("License: MIT", ("MIT",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: BSD License", ("BSD License",)),
        ("License: A\n       long one", ()),
        (f"License: {'x' * 101}", ()),
        ("Classifier: License :: B\nClassifier: License :: A\nClassifier: Topic :: C", ("A", "B")),
        ("", ()),
    ],
)
def test_the_licence_is_what_its_author_wrote(tmp_path: Path, metadata: str, expected: tuple[str, ...]) -> None:
    roots.distribution(tmp_path, "a", "1", metadata)

    assert found(tmp_path)["a"].licences == expected


def test_dependencies_are_those_that_are_installed_and_no_extras(tmp_path: Path) -> None:
    requirements = ["B>=1", "c_c[x] (>2)", "absent", "d; extra == 'more'", "e ; python_version > '3'", "a", "@ broken"]
    roots.distribution(tmp_path, "a", "1", "\n".join(f"Requires-Dist: {each}" for each in requirements))
    for name in ("b", "C.C", "d", "e"):
        roots.distribution(tmp_path, name, "1")

    parts = environments.parts(tmp_path, Place.PROXY)

    assert parts[0].needs == ("proxy/b", "proxy/c-c", "proxy/e")
    assert environments.roots(parts) == ("proxy/a", "proxy/d")


def test_broken_metadata_ends_nothing(tmp_path: Path) -> None:
    packages = "lib/python3.12/site-packages"
    roots.write(tmp_path, f"{packages}/empty-1.dist-info/METADATA", "")
    roots.write(tmp_path, f"{packages}/bytes-1.dist-info/METADATA", b"Name: bytes\nVersion: 1\nSummary: \xff\xfe\n")
    roots.write(tmp_path, f"{packages}/none-1.dist-info/RECORD", "")
    roots.distribution(tmp_path, "good", "1")

    assert set(found(tmp_path)) >= {"good"}
    assert "" not in found(tmp_path)
    assert found(tmp_path / "absent") == {}
