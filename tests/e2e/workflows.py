"""Run the steps of a workflow as GitHub does, on this machine: scripts are run, actions have stand-ins.

It knows as much of GitHub's language as the project's workflows use, and fails on the rest.
Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
NOT_CHECKED_OUT = frozenset({".git", "cdk.out", "coverage", "__pycache__"})

Action = Callable[[dict[str, str], dict[str, str]], None]
"""A stand-in for an action: gets its inputs, and the job's environment, which it may change."""


class Context(dict[str, Any]):
    """A context of an expression: names count without case, and what is not there is empty."""

    def __getitem__(self, name: str) -> Any:
        found = {key.lower(): value for key, value in self.items()}.get(name.lower(), "")
        return Context(found) if isinstance(found, dict) else found

    __getattr__ = __getitem__


def evaluate(expression: str, contexts: Mapping[str, Any]) -> Any:
    """Return the value of an expression, without its `${{ }}`."""
    python = expression.replace("||", " or ").replace("&&", " and ")
    names = {name: Context(value) for name, value in contexts.items()}
    return eval(python, {"__builtins__": {}}, {**names, "format": str.format})  # noqa: S307 - the project's own files


def filled_in(text: str, contexts: Mapping[str, Any]) -> str:
    """Return a text with its expressions replaced by their values."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(evaluate(found[1].strip(), contexts)), text)


@dataclass
class Job:
    """One run of a job.

    :param checkout: a folder that looks like a checkout of the project.
    :param actions: stand-ins by the action's name, for example `actions/checkout`.
    :param variables: the repository's and the environment's.
    """

    checkout: Path
    actions: Mapping[str, Action]
    variables: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    matrix: Mapping[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    output: str = ""
    summary: str = ""

    def run(self, workflow: str, name: str, environment: Mapping[str, str], *, only: str = "") -> bool:
        """Run all steps, or the one of a name; return whether the job succeeded."""
        job = yaml.safe_load((ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text())["jobs"][name]
        contexts: dict[str, Any] = {
            "vars": self.variables, "inputs": self.inputs, "matrix": self.matrix, "steps": {}, "env": {},
            "github": {"token": "a-token", "event": {"pull_request": {"html_url": "https://github.com/o/r/pull/1"}}},
        }  # fmt: skip
        contexts["env"] = {key: filled_in(value, contexts) for key, value in job.get("env", {}).items()}
        running = {**environment, **contexts["env"], "GITHUB_SHA": "0" * 40}
        for step in job["steps"]:
            if only and step.get("name") != only:
                continue
            if "if" in step and not evaluate(step["if"], contexts):
                continue
            if not self._run_step(step, contexts, running):
                return False
        return True

    def _run_step(self, step: dict[str, Any], contexts: dict[str, Any], environment: dict[str, str]) -> bool:
        if "uses" in step:
            action = step["uses"].partition("@")[0]
            given = {key: filled_in(str(value), contexts) for key, value in step.get("with", {}).items()}
            self.actions[action](given, environment)
            self.ran.append(action)
            return True
        outputs, summary = self.checkout / ".outputs", self.checkout / ".summary"
        outputs.write_text("")
        result = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.checkout,
            env={**environment, "GITHUB_OUTPUT": str(outputs), "GITHUB_STEP_SUMMARY": str(summary)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
        )
        self.ran.append(step["name"])
        self.output += result.stdout + result.stderr
        self.summary = summary.read_text() if summary.exists() else ""
        written = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
        if "id" in step:
            contexts["steps"][step["id"]] = {"outputs": written}
        return result.returncode == 0


def check_out(folder: Path) -> Path:
    """Make a folder that looks like a fresh checkout, set up already: what a job writes stays in it."""
    folder.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in NOT_CHECKED_OUT:
            (folder / entry.name).symlink_to(entry)
    return folder


def environment_of_a_job(endpoint_url: str) -> dict[str, str]:
    """Return the environment of a runner, for which the embedded AWS is AWS, and which has no credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SLIPWAY", "CDK_"))}
    return {**kept, "AWS_ENDPOINT_URL": endpoint_url, "AWS_EC2_METADATA_DISABLED": "true", "CI": "true"}
