"""EC2 Image Builder: the image that a recipe builds on, found when a build begins, and what can be wrong with it.

Where AWS finds a fault with it is not documented; here each is one of the step that launches the build machine, as the
fault of an AMI is that EC2 does not launch.
Source: `parentImage` of CreateImageRecipe in the API reference.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.plugin.borrowed import borrow
from emulator.plugin.image_builder import matching

_ec2 = borrow("services.ec2", "_STUB_AMIS", "_registered_image", "_stub_image_view")
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


def architecture_of(ami: str) -> str:
    """Return the architecture of an AMI, or nothing if there is no such AMI."""
    registered = _ec2._registered_image(ami)
    if registered is not None:
        return str(registered["Architecture"])
    stub = next((known for known in _ec2._STUB_AMIS if known[0] == ami), None)
    return str(_ec2._stub_image_view(*stub)["Architecture"]) if stub else ""


def fault_of(parent: str, ami: str, instance_types: list[str], step: str) -> str:
    """Return what keeps a machine from being launched from an image, in EC2's words; nothing if it can be.

    :param parent: how the recipe names the image.
    :param ami: what that was resolved to, when the build began.
    :param instance_types: of which the machine may be; any, if there is none.
    """
    if parent.startswith("ssm:") and not ami:
        name = parent.removeprefix("ssm:")
        return (
            f"An error occurred (ParameterNotFound) when calling the GetParameter operation: {name} {_OF_STEP} {step}"
        )
    found = architecture_of(ami) if ami else ""
    if ami and not found:
        return _refused("InvalidAMIID.NotFound", f"The image id '[{ami}]' does not exist", step)
    fitting = [name for name in instance_types if found in ("", architecture_of_type(name))]
    if instance_types and not fitting:
        wanted = architecture_of_type(instance_types[0])
        text = (
            f"The architecture '{wanted}' of the specified instance type does not match the architecture '{found}' of "
            "the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again."
        )
        return _refused("InvalidParameterValue", text, step)
    return ""


def _refused(code: str, text: str, step: str, operation: str = "RunInstances") -> str:
    return f"An error occurred ({code}) when calling the {operation} operation: {text} {_OF_STEP} {step}"


def architecture_of_type(instance_type: str) -> str:
    """Tell what an instance type runs; the names of Graviton types have a g after the generation."""
    return "arm64" if re.match(r"^[a-z]+\d+g[a-z]*\.", instance_type) else "x86_64"


def architecture(recipe: dict[str, Any], ami: str, instance_types: list[str]) -> str:
    """Return the architecture of what is built: its base image's, or else what the names tell."""
    graviton = any(architecture_of_type(name) == "arm64" for name in instance_types)
    guessed = "arm64" if "arm64" in recipe.get("ParentImage", "") or graviton else "x86_64"
    return (architecture_of(ami) if ami else "") or guessed
