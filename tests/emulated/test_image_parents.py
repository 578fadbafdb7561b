"""What an image is built on, and what comes of a base image that cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import begin, builder, ended

__all__ = ["builder"]
X86 = "ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"


def built_on(stack: Any, builder: Any, parent: str) -> dict[str, Any]:
    """Build an image on another one, for machines of Graviton; return the state that it ends in."""
    resources = pipeline_resources(name=stack.name)
    resources["Recipe"]["Properties"]["ParentImage"] = parent
    del resources["Image"]
    outputs = stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})
    return ended(builder, begin(builder, outputs["Pipeline"]))


@pytest.mark.behaviour(
    "EC2 Image Builder", "a build whose base image cannot be used fails where its machine is launched", aws=False
)
@pytest.mark.parametrize(
    ("parent", "text"),
    [
        ("ssm:/no/such/parameter", "(ParameterNotFound)"),
        ("ami-0123456789abcdeff", "The image id '[ami-0123456789abcdeff]' does not exist"),
        (X86, "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64'"),
    ],
)
def test_a_base_image_that_cannot_be_used_fails_the_build(stack, builder, parent, text):
    state = built_on(stack, builder, parent)

    assert state["status"] == "FAILED"
    assert text in state["reason"]
    assert state["failureContext"]["failedStep"] == "LaunchBuildInstance"


@pytest.mark.parametrize("version", ["1.0.0", "x.x.x", "1.0.0/1"])
def test_an_image_can_be_built_on_an_image_of_ours(stack, client, builder, version):
    resources = pipeline_resources(name=stack.name)
    outputs = stack.put(resources, OUTPUTS)
    first = outputs["Image"].removesuffix("1.0.0/1")
    resources["Recipe"]["Properties"] |= {"Version": "2.0.0", "ParentImage": first + version}

    again = stack.put(resources, OUTPUTS)

    (ami,) = client("ec2").describe_images(ImageIds=[again["Ami"]])["Images"]
    assert ami["SourceImageId"] == outputs["Ami"]
    assert ami["Architecture"] == "arm64"
