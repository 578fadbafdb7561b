"""The `slipway image` command over a world in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tests.unit.slipway.cli.commands import Result, Slipway
from tests.unit.slipway.engine.images.world import World


@dataclass
class ImageCommand:
    """The command, and the world that it works on."""

    slipway: Slipway
    memory: World = field(default_factory=World)

    def __call__(self, *arguments: str) -> Result:
        def site(_: Any, say: Any) -> Any:
            return replace(self.memory.site(), say=say)

        return replace(self.slipway, world=replace(self.slipway.world, image_site=site))("image", *arguments)
