"""The program, on a small system with a real virtual environment."""

from __future__ import annotations

import gzip
import hashlib
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from contract import bills
from slipway_proxy.bill.__main__ import HOME, base_image, bill_of, main
from slipway_proxy.instance import ENDPOINT_VARIABLE
from tests.unit.ami_build.bill import roots

VALIDATOR = JsonStrictValidator(SchemaVersion.V1_6)
OFF_AWS = {"AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    system = roots.system(
        tmp_path / "root", roots.paragraph("bash", "5.2", Depends="libc6"), roots.paragraph("libc6", "2.39")
    )
    roots.write(system, f"{HOME}/app/contract/x.py", "")
    for name in ("proxy", "health"):
        (system / HOME / name).symlink_to(sys.prefix)
    return system


def test_it_writes_a_valid_bill_and_says_its_hash(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = root / "bill.json"

    assert main(["--root", str(root), "--output", str(output)], OFF_AWS) == 0

    text = output.read_text()
    assert VALIDATOR.validate_str(text) is None
    # As others will want it one day, and as bills.SPEC_VERSION may say then.
    newer = text.replace(f'"specVersion": "{bills.SPEC_VERSION}"', '"specVersion": "1.7"')
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(newer) is None
    assert capsys.readouterr().out == hashlib.sha256(text.encode()).hexdigest()


def test_the_image_consists_of_its_system_and_the_application_on_both_environments(root: Path) -> None:
    made = json.loads(bill_of(root, "ami-0123"))

    needs = {each["ref"]: each["dependsOn"] for each in made["dependencies"]}
    assert needs["image"] == ["application/slipway", "system"]
    assert needs["system"] == ["system/bash:arm64", "system/libc6:arm64"]
    assert needs["system/bash:arm64"] == ["system/libc6:arm64"]
    assert "proxy/pytest" in needs["proxy/pytest-asyncio"]
    assert {name.partition("/")[0] for name in needs["application/slipway"]} == {"proxy", "health"}
    assert {"type": "operating-system", "name": "ubuntu", "version": "24.04"}.items() <= _component(
        made, "system"
    ).items()


def test_nothing_of_the_machine_or_the_moment_gets_into_it(root: Path) -> None:
    text = bill_of(root, None).decode()

    assert bill_of(root, None).decode() == text
    assert str(root) not in text
    assert sys.prefix not in text
    assert f'"{socket.gethostname()}"' not in text


HOSTILE = ['"', "\\", "</script>", "${x}", "\x00\x1b[2J", "\u202e", "a" * 3000, "CVE-2026-1 || ", "'; --", "\udcff"]


def test_no_field_of_a_package_makes_the_bill_invalid(root: Path) -> None:
    paragraphs = []
    for number, text in enumerate(HOSTILE):
        raw, name = text.encode("utf-8", errors="surrogateescape"), f"evil{number}"
        fields = [f"Package: {name}\nStatus: install ok installed\nVersion: {number}".encode()]
        fields += [field + b": 1 " + raw for field in (b"Architecture", b"Maintainer", b"Source", b"Depends")]
        paragraphs.append(b"\n".join([*fields, b"Description: " + raw, b""]))
        folder, line = f"usr/share/doc/{name}", b" " + raw + b"\n"
        roots.write(root, f"{folder}/copyright", roots.COPYRIGHT.encode() + b"License:" + line)
        changelog = b"evil (1) x; " + raw + b"\n\n  * CVE-2026-10001" + line + b"\n -- x <y> " + line
        roots.write(root, f"{folder}/changelog.Debian.gz", gzip.compress(changelog))
    roots.write(root, "var/lib/dpkg/status", b"\n".join(paragraphs))

    made = bill_of(root, "".join(HOSTILE))

    assert VALIDATOR.validate_str(made.decode()) is None
    assert sum(each["name"].startswith("evil") for each in json.loads(made)["components"]) == len(HOSTILE)


def _without_packages(root: Path) -> None:
    (root / "var/lib/dpkg/status").unlink()


def _without_environment(root: Path) -> None:
    (root / HOME / "health").unlink()


@pytest.mark.parametrize(
    ("break_", "word"),
    [(_without_packages, "lists no installed package"), (_without_environment, "is no virtual environment")],
)
def test_a_bill_that_would_not_be_whole_is_refused(
    root: Path, capsys: pytest.CaptureFixture[str], break_: Callable[[Path], None], word: str
) -> None:
    break_(root)

    assert main(["--root", str(root), "--output", str(root / "bill.json")], OFF_AWS) == 1

    printed = capsys.readouterr()
    assert word in printed.err
    assert printed.out == ""
    assert not (root / "bill.json").exists()


def test_a_file_that_cannot_be_written_is_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "--output", str(root / "absent/bill.json")], OFF_AWS) == 1

    assert "absent/bill.json" in capsys.readouterr().err


def test_off_aws_there_is_no_base_image() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    assert base_image({ENDPOINT_VARIABLE: f"http://127.0.0.1:{port}"}) is None
    assert base_image(OFF_AWS) is None


def _component(made: dict[str, Any], reference: str) -> dict[str, Any]:
    return next(each for each in made["components"] if each["bom-ref"] == reference)
