"""The schemas of the CloudFormation registry, as cfn-lint brings them along: one file per type, an index per region."""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import Any

FALLBACK_REGION = "us-east-1"

Schema = dict[str, Any]
"""A JSON schema with the registry's own keywords beside it."""


class Registry:
    """Reads schemas when they are asked for, and keeps them.

    :param folder: holds `providers/<region>.json`, from type to file name, and `resources/<file name>.json`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._indexes: dict[str, dict[str, str]] = {}
        self._schemas: dict[str, Schema] = {}

    def schema(self, type_name: str, region: str) -> Schema | None:
        """Return the schema of a resource type in a region; None for a type that the registry does not know."""
        name = self._index(region).get(type_name)
        if name is None:
            return None
        if name not in self._schemas:
            text = (self._folder / "resources" / f"{name}.json").read_text()
            self._schemas[name] = json.loads(text, object_hook=_without_description)
        return self._schemas[name]

    def _index(self, region: str) -> dict[str, str]:
        if region not in self._indexes:
            own = self._folder / "providers" / f"{region}.json"
            path = own if own.exists() else own.with_name(f"{FALLBACK_REGION}.json")
            self._indexes[region] = json.loads(path.read_text())
        return self._indexes[region]


def _without_description(part: Schema) -> Schema:
    # Half of a schema is text for people. A property of that name is no text, and stays.
    if isinstance(part.get("description"), str):
        del part["description"]
    return part


@functools.cache
def installed() -> Registry:
    """Return the schemas of the cfn-lint in this environment, which is found without being imported: it is heavy.

    :raises ModuleNotFoundError: if there is none.
    """
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("cfn-lint is not installed; run 'make setup'")
    return Registry(Path(spec.submodule_search_locations[0]) / "data" / "schemas")
