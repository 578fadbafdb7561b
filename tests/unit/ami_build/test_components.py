"""The Image Builder documents: what the service would refuse, and that they install what is there, as it was locked."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from constructs_lib.user_data import boot_script
from contract import versions
from local.image import documents

ROOT = Path(__file__).resolve().parents[3]
AMI_BUILD = ROOT / "ami_build"
COMPONENTS = sorted((AMI_BUILD / "components").glob("*.yaml"))
PROGRAMS = sorted((AMI_BUILD / "bin").iterdir())
LONGEST_INLINE_DOCUMENT = 16_000
MOST_COMPONENTS = 20
"""In a recipe: https://docs.aws.amazon.com/general/latest/gr/imagebuilder.html"""

KNOWN_PLACES = (
    "https://docs.aws.amazon.com/",
    "https://snapshot.ubuntu.com",
    "https://amazoncloudwatch-agent.s3.amazonaws.com",
    "http://127.0.0.1:",
    "http://slipway.canary/",
)

GIVEN = {
    "Architecture", "BillsUri", "CloudWatchAgentVersion", "MitmproxyVersion", "PackageSnapshot", "PythonVersion",
    "SourceBucket", "SourceKey",
}  # fmt: skip
"""Arguments that the image stack gives; other parameters have a default."""


def steps(path: Path, phase: str = "") -> Iterator[dict[str, Any]]:
    for found in yaml.safe_load(path.read_text())["phases"]:
        if phase in ("", found["name"]):
            yield from found["steps"]


def scripts(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each script as it is run, by the step that runs it."""
    for step in steps(path):
        if step["action"] == "ExecuteBash":
            text = "\n".join(step["inputs"]["commands"])
            yield f"{path.stem}-{step['name']}", re.sub(r"\{\{[^}]*\}\}", "value", text)


def parameters(path: Path) -> dict[str, dict[str, str]]:
    listed = yaml.safe_load(path.read_text()).get("parameters", [])
    return {name: entry for each in listed for name, entry in each.items()}


def text_of(name: str) -> str:
    return (AMI_BUILD / "components" / f"{name}.yaml").read_text()


ALL_SCRIPTS = [(name, script) for path in COMPONENTS for name, script in scripts(path)]


def each_document() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)


def test_there_is_a_document_for_each_concern_in_the_order_in_which_they_need_each_other() -> None:
    assert [path.stem for path in COMPONENTS] == [
        "10-base",
        "20-python",
        "30-proxy",
        "40-services",
        "50-firewall",
        "60-cloudwatch-agent",
        "70-hardening",
        "80-bill-of-materials",
        "90-clean-up",
    ]
    assert len(COMPONENTS) < MOST_COMPONENTS


@each_document()
def test_people_can_read_what_a_document_is_for(path: Path) -> None:
    assert f"| `{path.stem}` |" in (ROOT / "docs" / "image.md").read_text()
    (row,) = re.findall(rf"^\| `{path.name}` \| (.*?) \|", (AMI_BUILD / "README.md").read_text(), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == set(parameters(path))


@each_document()
def test_a_document_is_one_that_image_builder_takes(path: Path) -> None:
    assert list(documents.problems(path)) == []
    assert len(path.read_text()) <= LONGEST_INLINE_DOCUMENT
    found = documents.read(path)
    assert found.name == f"slipway-{path.stem.partition('-')[2]}"
    assert {"build", "validate"} <= {phase.name for phase in found.phases}


@each_document()
def test_every_parameter_is_declared_explained_and_used(path: Path) -> None:
    declared = parameters(path)
    used = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", path.read_text()))
    assert used == set(declared)
    assert all(entry["description"] for entry in declared.values())
    assert {name for name, entry in declared.items() if "default" not in entry} <= GIVEN


def test_every_argument_is_some_documents() -> None:
    assert {name for path in COMPONENTS for name in parameters(path)} >= GIVEN


@pytest.mark.parametrize(("name", "script"), ALL_SCRIPTS, ids=lambda value: value if "\n" not in value else "")
def test_a_script_stops_at_the_first_failure(name: str, script: str) -> None:
    # All commands of a step are one script, whose status is that of its last line otherwise.
    if "\n" in script.strip():
        assert script.startswith("set -eu\n"), name


def each_mistake(paths: Sequence[Path], folder: Path, more: Mapping[str, str] | None = None) -> list[str]:
    """Return what shells and shellcheck say of the scripts of documents, and of further ones.

    :param folder: where to put them.
    """
    folder.mkdir()
    for name, script in [*(each for path in paths for each in scripts(path)), *(more or {}).items()]:
        (folder / f"{name}.sh").write_text(script)
    files = sorted(folder.iterdir())
    shells = [subprocess.run(["sh", "-n", file], capture_output=True, text=True) for file in files]
    # A value stands where the document has a parameter, so it is no mistake to compare it.
    command = [Path(sys.executable).parent / "shellcheck", "--shell=dash", "--exclude=SC2050", "--format=gcc"]
    result = subprocess.run([*command, *files], capture_output=True, text=True)
    return [
        *(each.stderr for each in shells if each.returncode),
        *result.stdout.splitlines(),
        *result.stderr.splitlines(),
    ]


def test_scripts_run_in_every_shell_and_are_free_of_known_mistakes(tmp_path: Path) -> None:
    user_data = boot_script(parameter_prefix="/slipway/production", group="slipway-production-proxy", digest="0a1b2c")
    programs = {path.name: path.read_text() for path in PROGRAMS} | {"user-data": user_data}
    assert each_mistake(COMPONENTS, tmp_path / "scripts", programs) == []


def test_a_mistake_in_a_script_is_found(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "phases: [{name: build, steps: [{name: It, action: ExecuteBash, inputs: {commands: ['[[ -f $1 ]] && echo']}}]}]"
    )
    (found, *_) = each_mistake([path], tmp_path / "scripts")
    assert "SC3010" in found


def test_a_build_step_ends_the_build_when_it_fails() -> None:
    lenient = [
        f"{path.stem}: {step['name']}"
        for path in COMPONENTS
        for step in steps(path)
        if step.get("onFailure", "Abort") != "Abort"
    ]
    assert lenient == []


def test_every_file_that_a_step_installs_is_there() -> None:
    assert all((AMI_BUILD / "proxy" / "requirements" / f"{name}.txt").is_file() for name in ("proxy", "health"))
    text = "".join(path.read_text() for path in COMPONENTS)
    for name in ("nftables.conf", "systemd/amazon-cloudwatch-agent.conf", "systemd/slipway.sysusers.conf", "files"):
        assert name.rpartition("/")[2] in text
        assert (AMI_BUILD / name).exists()
    assert list((AMI_BUILD / "systemd").glob("slipway-*.slice"))


def test_sources_are_fetched_unpacked_used_and_removed_in_this_order() -> None:
    fetch, unpack = list(steps(AMI_BUILD / "components" / "30-proxy.yaml", "build"))[:2]
    ((source),) = fetch["inputs"]
    assert source["source"] == "s3://{{ SourceBucket }}/{{ SourceKey }}"
    assert source["destination"] in unpack["inputs"]["commands"][0]
    users = [path.stem for path in COMPONENTS if "/var/lib/slipway/sources" in path.read_text()]
    assert users[0] == "30-proxy"
    assert "rm -rf /var/lib/slipway " in text_of("90-clean-up")


def test_dependencies_are_the_locked_ones_and_no_more() -> None:
    (install,) = re.findall(r"pip install ((?:.*\\\n)*.*)\n", text_of("30-proxy"))
    for option in ("--require-hashes", "--only-binary :all:", "--no-deps", "--retries"):
        assert option in install
    for name in ("proxy", "health"):
        lock = (AMI_BUILD / "proxy" / "requirements" / f"{name}.txt").read_text()
        pins = re.findall(r"^[a-z0-9._-]+(?:\[[^]]*\])?==[^ ]+ .*\\$", lock, re.MULTILINE | re.IGNORECASE)
        named = re.findall(r"^[a-z0-9]", lock, re.MULTILINE | re.IGNORECASE)
        assert len(pins) == len(named) > 0


def test_nothing_is_downloaded_that_is_not_pinned() -> None:
    for path in COMPONENTS:
        text = path.read_text()
        for address in re.findall(r"https?://[^\s\"'<>;]+", text):
            # Documentation, this machine, and the one place of the package whose signature is checked.
            assert address.startswith(KNOWN_PLACES), f"{path.stem}: {address}"
        assert "/latest/" not in text.replace("AmazonCloudWatch/latest/", "")
        assert re.search(r"\bcurl\b.*\|\s*(ba)?sh\b", text) is None


def test_the_agents_package_needs_the_signature_of_one_key() -> None:
    text = text_of("60-cloudwatch-agent")
    # Whoever changes the fingerprint has to change it here, too, and to look it up:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/verify-CloudWatch-Agent-Package-Signature.html
    assert "default: 937616F3450B7D806CBD9725D58167303B789C72\n" in text
    assert text.index("VALIDSIG") < text.index('apt-get install -q -y "$work/$package"')
    assert re.fullmatch(r"1\.3\d{5}\.\d+b\d+", versions.CLOUDWATCH_AGENT)


def test_package_managers_wait_for_their_locks() -> None:
    base = text_of("10-base")
    assert 'DPkg::Lock::Timeout "300";' in base
    assert "until apt-get update" in base
    for path in COMPONENTS[1:]:
        assert "apt-get update" not in path.read_text(), "the lists of packages are those of one moment"


def test_a_download_gives_up_in_time() -> None:
    for path in COMPONENTS:
        for call in re.findall(r"\bcurl ((?:[^\n]*\\\n)*[^\n]*)", path.read_text()):
            if "http" in call or "Source }}" in call:
                assert "--max-time" in call, f"{path.stem}: {call}"


def test_no_document_holds_what_looks_like_a_secret() -> None:
    key = r"AKIA[0-9A-Z]{16}|BEGIN [A-Z ]*PRIVATE KEY-----\n"
    named = r"\b(password|secret|token)\s*[=:]\s*\S"
    looks = re.compile(f"{key}|{named}", re.IGNORECASE)
    configuration = [path for path in (AMI_BUILD / "files").rglob("*") if path.is_file()]
    for path in [*COMPONENTS, *PROGRAMS, *configuration, *(AMI_BUILD / "systemd").iterdir()]:
        assert looks.search(path.read_text()) is None, path


def test_a_user_that_cannot_be_removed_says_why() -> None:
    (line,) = [line for line in text_of("70-hardening").splitlines() if "userdel" in line]
    assert "2>" not in line


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("10-base", "this machine is $found, and image.architecture is"),
        ("20-python", "the base image brings Python $found, and image.python_version is"),
        ("30-proxy", "has no $file, or an empty one"),
        ("30-proxy", "could not be installed"),
        ("60-cloudwatch-agent", "has no valid signature of"),
        ("60-cloudwatch-agent", "does not take its configuration"),
        ("60-cloudwatch-agent", "the CloudWatch agent has ended again"),
        ("70-hardening", "a file of a later name than 99-zz-slipway.conf sets"),
    ],
)
def test_what_can_go_wrong_is_told_with_its_cause(document: str, text: str) -> None:
    assert text in text_of(document)
