"""Public parameters."""

from __future__ import annotations

import contextlib
import uuid

import pytest

from tests.emulated.conftest import eventually


@pytest.mark.behaviour("SSM", "public parameters name the newest Ubuntu images of each architecture")
def test_public_parameters_name_ubuntu_images(client):
    images = {}
    for architecture in ("amd64", "arm64"):
        name = f"/aws/service/canonical/ubuntu/server/24.04/stable/current/{architecture}/hvm/ebs-gp3/ami-id"
        images[architecture] = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    described = client("ec2").describe_images(ImageIds=[images["arm64"]])["Images"][0]
    assert images["amd64"] != images["arm64"]
    assert described["Architecture"] == "arm64"


@pytest.mark.behaviour(
    "SSM", "a value that names an image is looked up after the call, and taken if there is one", aws=False
)
def test_a_value_that_names_an_image_is_taken_later_or_never(client):
    ssm, name = client("ssm"), f"/t{uuid.uuid4().hex}/image"
    ubuntu = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"
    image = ssm.get_parameter(Name=ubuntu)["Parameter"]["Value"]

    for value in ("ami-0123456789abcdeff", image):
        ssm.put_parameter(Name=name, Value=value, Type="String", DataType="aws:ec2:image", Overwrite=True)

    def taken():
        with contextlib.suppress(ssm.exceptions.ParameterNotFound):
            return ssm.get_parameter(Name=name)["Parameter"]
        return None

    found = eventually(taken, "parameter")
    assert (found["Value"], found["Version"]) == (image, 1)
    ssm.delete_parameter(Name=name)
