"""The Image Builder documents: what the service would refuse, and that they install what is there."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

AMI_BUILD = Path(__file__).resolve().parents[3] / "ami_build"
COMPONENTS = sorted((AMI_BUILD / "components").glob("*.yaml"))
# https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html
PHASES = ["build", "validate", "test"]
ACTIONS = {"ExecuteBash", "S3Download"}
LONGEST_INLINE_DOCUMENT = 16_000


def document(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


def commands(path: Path) -> list[str]:
    return [
        command
        for phase in document(path)["phases"]
        for step in phase["steps"]
        if step["action"] == "ExecuteBash"
        for command in step["inputs"]["commands"]
    ]


def test_there_are_components() -> None:
    assert len(COMPONENTS) >= 2


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_a_document_has_the_form_that_image_builder_wants(path: Path) -> None:
    found = document(path)
    assert len(path.read_bytes()) < LONGEST_INLINE_DOCUMENT
    assert set(found) <= {"name", "description", "schemaVersion", "parameters", "phases"}
    assert found["schemaVersion"] == 1.0
    names = [phase["name"] for phase in found["phases"]]
    assert names == [name for name in PHASES if name in names]
    for phase in found["phases"]:
        steps = [step["name"] for step in phase["steps"]]
        assert len(steps) == len(set(steps))
        for step in phase["steps"]:
            assert set(step) <= {"name", "action", "inputs", "onFailure", "timeoutSeconds", "maxAttempts"}
            assert step["action"] in ACTIONS
            assert re.fullmatch(r"[A-Za-z0-9]+", step["name"])


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_every_parameter_is_declared_and_used(path: Path) -> None:
    declared = {name for entry in document(path).get("parameters", []) for name in entry}
    used = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", path.read_text()))
    assert used == declared
    for entry in document(path).get("parameters", []):
        for details in entry.values():
            assert details["type"] == "string"
            assert details["description"]


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.name)
def test_commands_are_valid_shell(path: Path) -> None:
    for command in commands(path):
        assert all(isinstance(command, str) for command in commands(path))
        result = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True)
        assert result.returncode == 0, f"{command}\n{result.stderr}"


def test_every_file_that_a_command_installs_is_there() -> None:
    text = "\n".join(command for path in COMPONENTS for command in commands(path))
    named = set(re.findall(r"(?:systemd|bin)/slipway[\w@.-]+|nftables\.conf", text))
    sources = {name for name in named if (AMI_BUILD / name).exists()}
    assert {
        "bin/slipway-boot",
        "systemd/slipway-proxy@.service",
        "systemd/slipway-proxy.slice",
        "systemd/slipway-health.service",
        "systemd/slipway.sysusers.conf",
        "nftables.conf",
    } <= sources
    for name in ("proxy", "health"):
        assert (AMI_BUILD / "proxy" / "requirements" / f"{name}.txt").exists()


def test_the_archive_is_fetched_before_it_is_used() -> None:
    build = document(AMI_BUILD / "components" / "20-proxy.yaml")["phases"][0]
    assert build["steps"][0]["action"] == "S3Download"
    (source,) = build["steps"][0]["inputs"]
    assert source["source"] == "s3://{{ SourceBucket }}/{{ SourceKey }}"
    assert source["destination"] in build["steps"][1]["inputs"]["commands"][0]


def test_a_warning_about_a_unit_fails_the_image() -> None:
    (verify,) = [c for c in commands(AMI_BUILD / "components" / "20-proxy.yaml") if "systemd-analyze" in c]
    assert "systemd-analyze verify --recursive-errors=no " in verify


def test_dependencies_come_with_their_hashes_only() -> None:
    (install,) = [c for c in commands(AMI_BUILD / "components" / "20-proxy.yaml") if "pip install" in c]
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
