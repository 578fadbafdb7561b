"""What goes wrong while an image is built ends with its cause, and leaves nothing running and nothing mounted."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from local.image import builds, documents
from local.image.__main__ import main
from local.image.awstoe import BuildFailed
from local.image.builds import Hearing, Workshop
from local.image.documents import Document
from local.image.root import Root
from tests.image.conftest import Image

ROOT = Path(__file__).resolve().parents[2]


def document(folder: Path, action: str, inputs: str, more: str = "") -> Document:
    path = folder / "own.yaml"
    step = f"{{name: Step, action: {action}, inputs: {inputs}{more}}}"
    path.write_text(f"schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - {step}\n")
    return documents.read(path)


@pytest.mark.parametrize(
    ("action", "inputs", "more", "cause"),
    [
        ("ExecuteBash", "{commands: ['echo the disk is full >&2; exit 7']}", "", r"the disk is full \(status 7\)"),
        ("ExecuteBash", "{commands: ['sleep 300 & sleep 300']}", ", timeoutSeconds: 1", "ran longer than 1 s"),
        ("S3Download", "[{source: 's3://no-such-bucket/a', destination: /root/a}]", "", "NoSuchBucket"),
        ("ExecuteBinary", "{path: /no/such/program}", "", "no/such/program"),
    ],
)
def test_a_step_that_fails_is_named_with_its_cause(
    shop: Workshop, bare: Root, tmp_path: Path, action: str, inputs: str, more: str, cause: str
) -> None:
    chosen = document(tmp_path, action, inputs, more)
    with pytest.raises(BuildFailed, match=f"own, phase build, step Step: .*{cause}"):
        shop.executor(bare, Hearing()).run([chosen], "build")
    assert bare.run(["pgrep", "--exact", "sleep"]).stdout == ""


def test_a_value_for_a_parameter_that_no_document_has_is_refused_with_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.yaml"
    step = "{name: Step, action: ExecuteBash, inputs: {commands: ['echo {{ Word }}']}}"
    parameters = "[Word: {type: string, default: hello}]"
    path.write_text(f"schemaVersion: 1.0\nparameters: {parameters}\nphases: [{{name: build, steps: [{step}]}}]\n")
    assert main(["run", str(path), "--set", "Bogus=1"]) == 1
    assert "no document has a parameter Bogus; there are Word" in capsys.readouterr().err


def test_a_missing_lock_file_is_named(shop: Workshop, image: Image, components: list[Document]) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(builds.sources())) as whole, zipfile.ZipFile(archive, "w") as part:
        for name in whole.namelist():
            if not name.endswith("requirements/proxy.txt"):
                part.writestr(name, whole.read(name))
    shop.outside.put_object(builds.BUCKET, "no-lock.zip", archive.getvalue())
    chosen = [found for found in components if found.name == "slipway-proxy"]

    with (
        shop.builder("no-lock", image.folder, hearing=Hearing()) as machine,
        pytest.raises(BuildFailed, match=r"step UnpackSources: .*has no ami_build/proxy/requirements/proxy\.txt"),
    ):
        shop.executor(machine, Hearing(), {"SourceKey": "no-lock.zip"}).run(chosen, "build")


def test_a_wrong_architecture_is_told_at_the_first_step(shop: Workshop, bare: Root, components: list[Document]) -> None:
    other = {"x86_64": "arm64", "arm64": "x86_64"}[shop.arguments["Architecture"]]
    with pytest.raises(BuildFailed, match=rf"step CheckMachine: .*{other}"):
        shop.executor(bare, Hearing(), {"Architecture": other}).run(components, "build")
