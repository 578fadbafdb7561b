"""What CloudFormation's registry says of resource types, from the schemas that come with cfn-lint."""

from __future__ import annotations

from typing import Any

from emulator.strict.registry import Registry
from tests.synth.assemblies import ROOT

REGION = "us-east-1"
EMULATOR = ROOT / ".slipway" / "venvs" / "emulator" / "lib"
"""The environment that has cfn-lint, built by the set-up."""

(_FOLDER,) = EMULATOR.glob("python3.*/site-packages/cfnlint/data/schemas")
REGISTRY = Registry(_FOLDER)


def schema(kind: str) -> dict[str, Any]:
    """Return the schema of a type of AWS; an empty one for a custom resource, of which the registry knows nothing.

    :raises KeyError: if AWS has no such type.
    """
    found = REGISTRY.schema(kind, REGION)
    if found is None and not kind.startswith("Custom::"):
        raise KeyError(kind)
    return found or {}


def tag_property(kind: str) -> str | None:
    """Return the property that holds a resource's tags; none for a type that cannot be tagged."""
    tagging = schema(kind).get("tagging", {})
    return tagging["tagProperty"].removeprefix("/properties/") if tagging.get("taggable") else None
