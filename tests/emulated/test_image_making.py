"""What a build leaves: AMIs in each region, their names and tags, and parameters that name them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import begin, builder, ended, order, taken_up

__all__ = ["builder", "order"]


def distribution(region: str, parameter: str) -> dict[str, Any]:
    return {
        "Region": region,
        "AmiDistributionConfiguration": {"Name": "proxy-{{ imagebuilder:buildDate }}", "AmiTags": {"where": region}},
        "SsmParameterConfigurations": [{"ParameterName": parameter, "DataType": "aws:ec2:image"}],
    }


@pytest.fixture
def parameter(stack) -> str:
    return f"/imagebuilder/{stack.name}/ami-id"


@pytest.fixture
def pipeline(stack, parameter) -> str:
    """Return the ARN of a pipeline that distributes to two regions."""
    resources = pipeline_resources(name=stack.name)
    regions = [distribution(region, parameter) for region in ("us-east-1", "eu-west-1")]
    resources["Distribution"]["Properties"]["Distributions"] = regions
    resources["Pipeline"]["Properties"]["Tags"] = {"of": "pipeline"}
    del resources["Image"]
    return stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})["Pipeline"]


def amis(builder: Any, image: str) -> dict[str, str]:
    shown = builder.get_image(imageBuildVersionArn=image)["image"]["outputResources"]["amis"]
    return {ami["region"]: ami["image"] for ami in shown}


@pytest.mark.behaviour("EC2 Image Builder", "each region of a distribution gets a copy and its parameter", aws=False)
def test_each_region_gets_a_copy_and_its_parameter(client, builder, pipeline, parameter):
    image = begin(builder, pipeline)
    ended(builder, image)

    made = amis(builder, image)
    assert made.keys() == {"us-east-1", "eu-west-1"}
    for region, ami in made.items():
        found = client("ssm", region=region).get_parameter(Name=parameter)["Parameter"]
        assert (found["Value"], found["DataType"]) == (ami, "aws:ec2:image")
        (shown,) = client("ec2", region=region).describe_images(ImageIds=[ami])["Images"]
        assert shown["Name"].startswith("proxy-20")
    assert shown["SourceImageId"] == made["us-east-1"]


@pytest.mark.behaviour(
    "EC2 Image Builder", "AMIs have the tags of the distribution; the image has those of the request", aws=False
)
def test_tags_of_amis_and_tags_of_images_are_different_ones(client, builder, pipeline):
    image = builder.start_image_pipeline_execution(imagePipelineArn=pipeline, tags={"of": "request"})
    arn = image["imageBuildVersionArn"]
    ended(builder, arn)

    assert builder.list_tags_for_resource(resourceArn=arn)["tags"] == {"of": "request"}
    for region, ami in amis(builder, arn).items():
        (shown,) = client("ec2", region=region).describe_images(ImageIds=[ami])["Images"]
        tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
        assert tags.keys() == {"CreatedBy", "Ec2ImageBuilderArn", "Name", "where"}
        assert (tags["Ec2ImageBuilderArn"], tags["where"]) == (arn, region)


@pytest.mark.behaviour(
    "EC2 Image Builder", "a region that refuses fails the build, the others keep what they have", aws=False
)
@pytest.mark.parametrize(
    ("step", "left", "configuration"),
    [
        ("DistributeImage", {"us-east-1"}, None),
        ("ApplyImageConfigurations", {"us-east-1", "eu-west-1"}, "PUT_SSM_PARAMETERS"),
    ],
)
def test_a_region_that_refuses_fails_the_build(client, builder, pipeline, order, parameter, step, left, configuration):
    order(fail_in="eu-west-1", fail_at=step)
    image = begin(builder, pipeline)

    state = ended(builder, image)

    assert state["status"] == "FAILED"
    (failure,) = state["failureContext"]["distributionFailure"]["regionFailures"]
    assert (failure["region"], failure["status"]) == ("eu-west-1", "FAILED")
    assert failure.get("imageConfigurationStep") == configuration
    made = amis(builder, image)
    assert made.keys() == left
    europe = client("ssm", region="eu-west-1")
    with pytest.raises(europe.exceptions.ParameterNotFound):
        europe.get_parameter(Name=parameter)
    # What is there is not made again.
    builder.retry_image(imageBuildVersionArn=image, clientToken="again")
    taken_up(builder, image)
    assert ended(builder, image)["status"] == "AVAILABLE"
    assert amis(builder, image).items() >= made.items()
    assert europe.get_parameter(Name=parameter)["Parameter"]["Value"] == amis(builder, image)["eu-west-1"]
