"""`python -m local.image`: what it says where it can do nothing, and that it checks documents anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


def image(*arguments: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.image", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **(environ or {})})


def test_check_tells_what_is_wrong_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("schemaVersion: 1.0\nphases: []\n")
    done = image("check", str(tmp_path / "bad.yaml"))
    assert (done.returncode, f"{tmp_path}/bad.yaml:2: phases: " in done.stdout) == (1, True)


def test_check_tells_programs_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("schemaVersion: 1.0\nphases: 1\n")
    done = image("check", "--json", str(path))
    (found,) = json.loads(done.stdout)
    assert (done.returncode, found["file"], found["line"], found["place"]) == (1, str(path), 2, "phases")
    assert "valid list" in found["message"]


def test_check_passes_the_components_of_the_image() -> None:
    done = image("check", *map(str, sorted((ROOT / "ami_build" / "components").glob("*.yaml"))))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("wrong", [["run", "--set", "novalue"], [], ["fly"]])
def test_what_was_typed_wrongly_is_told(wrong: list[str]) -> None:
    done = image(*wrong)
    assert done.returncode == 2
    assert "usage: python -m local.image" in done.stderr


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    done = image("run", "--keep", str(tmp_path))
    # Whoever is not root, or not on Linux, is told that first.
    assert done.returncode == 1
    assert "is there already" in done.stderr or "next: sudo" in done.stderr
    assert list(tmp_path.iterdir()) == []


NO_MIRROR = dict.fromkeys(
    ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9"
) | dict.fromkeys(("no_proxy", "NO_PROXY"), "")
"""With these, packages can be had from no mirror; a machine that could build none anyway says that."""


@pytest.mark.parametrize(("options", "status"), [([], 0), (["--required"], 1)])
def test_what_cannot_be_tested_here_is_a_failure_only_where_it_is_required(options: list[str], status: int) -> None:
    done = image("test", *options, "--", "--version", environ=NO_MIRROR)
    assert (done.returncode, "the image is not tested here: " in done.stderr) == (status, True)
