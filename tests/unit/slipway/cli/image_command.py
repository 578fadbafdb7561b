"""The `slipway image` command over a world in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from slipway.cli.world import World as CliWorld
from tests.unit.slipway.cli.commands import Result, Slipway
from tests.unit.slipway.engine.images.world import BEGAN, World


@dataclass
class ImageCommand:
    """The command, and the world that it works on."""

    slipway: Slipway
    memory: World = field(default_factory=World)

    def __call__(self, *arguments: str) -> Result:
        def site(_: Any, say: Any) -> Any:
            return replace(self.memory.site(), say=say)

        return replace(self.slipway, world=self._world(site))("image", *arguments)

    def _world(self, site: Any) -> CliWorld:
        now = BEGAN + timedelta(seconds=self.memory.seconds)
        return replace(self.slipway.world, image_site=site, now=lambda: now)
