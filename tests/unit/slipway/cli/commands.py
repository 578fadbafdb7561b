"""Run a `slipway` command inside the test's process, over files of the test's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from slipway.cli.app import run
from slipway.cli.world import World

MOMENT = datetime(2026, 11, 21, tzinfo=UTC)
BASE = "project: shop\n"
BLUE = "removal: destroy\nfleet:\n  minimum: 2\n"
RED = "removal: destroy\n"


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Slipway:
    """The command, with a folder of environments: `blue` and `red`."""

    capture: pytest.CaptureFixture[str]
    world: World

    def __call__(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Result:
        status = run(arguments, replace(self.world, environ=environ or {}))
        out, err = self.capture.readouterr()
        return Result(status, out, err)

    def write(self, environment: str, text: str) -> None:
        """Make an environment's file anew."""
        (self.world.environments / f"{environment}.yaml").write_text(text, encoding="utf-8")


def make(folder: Path, capture: pytest.CaptureFixture[str]) -> Slipway:
    """Return the command over new files in a folder."""
    environments = folder / "environments"
    environments.mkdir()
    document = folder / "configuration.md"
    world = World(
        environ={}, now=lambda: MOMENT, environments=environments, schema_file=folder / "schema.json", document=document
    )
    slipway = Slipway(capture, world)
    for name, text in (("base", BASE), ("blue", BLUE), ("red", RED)):
        slipway.write(name, text)
    return slipway
