"""Versions that stand in two places are the same in both."""

from __future__ import annotations

import tomllib
from pathlib import Path

from contract import versions

ROOT = Path(__file__).parents[3]


def test_the_application_has_the_projects_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == versions.APPLICATION
