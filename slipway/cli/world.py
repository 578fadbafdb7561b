"""What a command knows of the world outside: handed in by the entry point, and by tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.loader import ENVIRONMENTS
from config.schema import DOCUMENT, SCHEMA_FILE


@dataclass(frozen=True)
class World:
    """Where the commands look, and what they see there.

    :param environ: environment variables.
    :param environments: folder of the environments' files.
    :param schema_file: where the JSON schema of those files stands.
    :param document: page with the reference of all settings.
    """

    environ: Mapping[str, str]
    environments: Path = ENVIRONMENTS
    schema_file: Path = SCHEMA_FILE
    document: Path = DOCUMENT
