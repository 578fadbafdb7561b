"""EC2 Image Builder: the image that a recipe builds on, found when a build begins, and what can be wrong with it.

Where AWS finds a fault with it is not documented; here each is one of the step that launches the build machine, as the
fault of an AMI is that EC2 does not launch.
Source: `parentImage` of CreateImageRecipe in the API reference.
"""

from __future__ import annotations

from typing import Any

from emulator.plugin import amis
from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import matching

_ssm = borrow("services.ssm", "resolve_parameter_value")

_OF_STEP = "in workflow step"


def resolve(parent: str) -> str:
    """Return the id of the AMI that a recipe names, or nothing if there is none here, or it is not known by an id.

    :param parent: AMI id, `ssm:` with a parameter's name or ARN, or ARN of an image of Image Builder.
    """
    if parent.startswith("ssm:"):
        return str(_ssm.resolve_parameter_value(parent.removeprefix("ssm:")) or "")
    if parent.startswith("ami-"):
        return parent
    return next((str(built["ImageId"]) for built in matching(parent) if built["ImageId"]), "")


def fault_of(parent: str, ami: str, instance_types: list[str], step: str) -> str:
    """Return what keeps a machine from being launched from an image, in EC2's words; nothing if it can be.

    :param parent: how the recipe names the image.
    :param ami: what that was resolved to, when the build began.
    :param instance_types: of which the machine may be; any, if there is none.
    """
    if parent.startswith("ssm:") and not ami:
        return _refused("ParameterNotFound", parent.removeprefix("ssm:"), step, "GetParameter")
    found = amis.architecture_of(ami) if ami else ""
    if ami and not found:
        return _refused("InvalidAMIID.NotFound", f"The image id '[{ami}]' does not exist", step)
    mismatches = [amis.mismatch(ami, name) for name in instance_types]
    return _refused("InvalidParameterValue", mismatches[0], step) if mismatches and all(mismatches) else ""


def _refused(code: str, text: str, step: str, operation: str = "RunInstances") -> str:
    return f"An error occurred ({code}) when calling the {operation} operation: {text} {_OF_STEP} {step}"


def architecture(recipe: dict[str, Any], ami: str, instance_types: list[str]) -> str:
    """Return the architecture of what is built: its base image's, or else what the names tell."""
    graviton = any(amis.architecture_of_type(name) == "arm64" for name in instance_types)
    guessed = "arm64" if "arm64" in recipe.get("ParentImage", "") or graviton else "x86_64"
    return (amis.architecture_of(ami) if ami else "") or guessed
