"""What a command knows of the world outside: handed in by the entry point, and by tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from config.loader import ENVIRONMENTS
from config.schema import DOCUMENT, SCHEMA_FILE

if TYPE_CHECKING:
    from config.models import Configuration
    from slipway.engine.images.events import Event
    from slipway.engine.images.ports import Site


def _image_site(configuration: Configuration, say: Callable[[Event], None]) -> Site:
    # Here, since AWS's library takes longer to load than most commands take to run.
    from slipway.wiring import image_site

    return image_site(configuration, say)


@dataclass(frozen=True)
class World:
    """Where the commands look, and what they see there.

    :param environ: environment variables.
    :param now: tells the moment, with its zone.
    :param environments: folder of the environments' files.
    :param schema_file: where the JSON schema of those files stands.
    :param document: page with the reference of all settings.
    :param image_site: makes what the commands about images work on, with whom to tell what happens.
    """

    environ: Mapping[str, str]
    now: Callable[[], datetime]
    environments: Path = ENVIRONMENTS
    schema_file: Path = SCHEMA_FILE
    document: Path = DOCUMENT
    image_site: Callable[[Configuration, Callable[[Event], None]], Site] = _image_site
