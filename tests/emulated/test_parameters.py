"""Public parameters."""

from __future__ import annotations

import pytest


@pytest.mark.behaviour("SSM", "public parameters name the newest Ubuntu images of each architecture")
def test_public_parameters_name_ubuntu_images(client):
    images = {}
    for architecture in ("amd64", "arm64"):
        name = f"/aws/service/canonical/ubuntu/server/24.04/stable/current/{architecture}/hvm/ebs-gp3/ami-id"
        images[architecture] = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]

    described = client("ec2").describe_images(ImageIds=[images["arm64"]])["Images"][0]
    assert images["amd64"] != images["arm64"]
    assert described["Architecture"] == "arm64"
