"""EC2 Image Builder: from a recipe to an AMI that EC2 knows."""

from __future__ import annotations

import json
from typing import Any

import pytest

DELETION = {"DeletionSettings": {"ExecutionRole": "arn:aws:iam::000000000000:role/r"}}


def component(text: str = "one", version: str = "1.0.x") -> dict[str, Any]:
    properties = {"Name": "Base Tools", "Platform": "Linux", "Version": version, "Data": text}
    return {"Type": "AWS::ImageBuilder::Component", "Properties": properties}


def pipeline_resources(
    version: str = "1.0.0", parameter: str = "/images/test/ami", name: str = "proxy"
) -> dict[str, Any]:
    recipe = {
        "Name": name,
        "Version": version,
        "ParentImage": "ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id",
        "Components": [{"ComponentArn": {"Fn::GetAtt": ["Component", "Arn"]}}],
    }
    distribution = {
        "Name": name,
        "Distributions": [
            {
                "Region": "us-east-1",
                "AmiDistributionConfiguration": {"AmiTags": {"slipway:component": "image"}},
                "SsmParameterConfigurations": [{"ParameterName": parameter}],
            }
        ],
    }
    built = {
        "ImageRecipeArn": {"Fn::GetAtt": ["Recipe", "Arn"]},
        "InfrastructureConfigurationArn": {"Fn::GetAtt": ["Infrastructure", "Arn"]},
        "DistributionConfigurationArn": {"Fn::GetAtt": ["Distribution", "Arn"]},
    }
    return {
        "Component": component(),
        "Recipe": {"Type": "AWS::ImageBuilder::ImageRecipe", "Properties": recipe},
        "Infrastructure": {
            "Type": "AWS::ImageBuilder::InfrastructureConfiguration",
            "Properties": {"Name": name, "InstanceProfileName": "profile", "InstanceTypes": ["t4g.small"]},
        },
        "Distribution": {"Type": "AWS::ImageBuilder::DistributionConfiguration", "Properties": distribution},
        "Pipeline": {"Type": "AWS::ImageBuilder::ImagePipeline", "Properties": {"Name": name, **built}},
        "Image": {"Type": "AWS::ImageBuilder::Image", "Properties": {**built, **DELETION}},
    }  # fmt: skip


OUTPUTS = {
    "Image": {"Ref": "Image"},
    "Ami": {"Fn::GetAtt": ["Image", "ImageId"]},
    "Pipeline": {"Ref": "Pipeline"},
    "Recipe": {"Ref": "Recipe"},
}


@pytest.mark.behaviour(
    "EC2 Image Builder",
    "an image is an AMI with the tags, the architecture and the parameter of its distribution",
    aws=False,
)
def test_image_is_an_ami_with_tags_architecture_and_parameter(stack, client):
    outputs = stack.put(pipeline_resources(), OUTPUTS)

    ami = client("ec2").describe_images(ImageIds=[outputs["Ami"]])["Images"][0]
    assert ami["Architecture"] == "arm64"
    tags = {tag["Key"]: tag["Value"] for tag in ami["Tags"]}
    assert tags["slipway:component"] == "image"
    assert tags["Ec2ImageBuilderArn"] == outputs["Image"]
    assert client("ssm").get_parameter(Name="/images/test/ami")["Parameter"]["Value"] == outputs["Ami"]


@pytest.mark.behaviour("EC2 Image Builder", "ARNs follow name, version and build", aws=False)
def test_arns_follow_name_version_and_build(stack):
    outputs = stack.put(pipeline_resources("2.3.4"), OUTPUTS)

    assert outputs["Recipe"] == "arn:aws:imagebuilder:us-east-1:000000000000:image-recipe/proxy/2.3.4"
    assert outputs["Image"] == "arn:aws:imagebuilder:us-east-1:000000000000:image/proxy/2.3.4/1"
    assert stack.physical_id("Component").split(":")[5].startswith("component/base-tools/1.0.")


@pytest.mark.behaviour(
    "EC2 Image Builder", "a changed component gets the next version where its last number is x", aws=False
)
def test_changed_component_gets_the_next_version_and_the_old_one_goes(stack, client):
    stack.put({"Component": component("one")})
    first = stack.physical_id("Component")
    stack.put({"Component": component("two")})
    second = stack.physical_id("Component")

    listed = [known["arn"] for known in client("imagebuilder").list_components()["componentVersionList"]]
    assert first != second
    assert second in listed
    assert first not in listed


@pytest.mark.behaviour("EC2 Image Builder", "a recipe that is changed under the same version is refused", aws=False)
def test_recipe_changed_under_the_same_version_is_refused(stack):
    resources = pipeline_resources()
    stack.put(resources)
    changed = json.loads(json.dumps(resources))
    changed["Recipe"]["Properties"]["Description"] = "changed"

    with pytest.raises(AssertionError, match="already exists"):
        stack.put(changed)


@pytest.mark.behaviour("EC2 Image Builder", "an image with deletion settings takes its AMI along", aws=False)
def test_deleting_with_deletion_settings_takes_the_ami_along(stack, client):
    outputs = stack.put(pipeline_resources(name=stack.name), OUTPUTS)
    stack.delete()

    left = client("imagebuilder").list_images()["imageVersionList"]
    assert [image for image in left if image["name"] == stack.name] == []
    assert outputs["Ami"] not in [ami["ImageId"] for ami in client("ec2").describe_images(Owners=["self"])["Images"]]


def test_lifecycle_policy(stack, client):
    properties = {
        "Name": "old images",
        "ExecutionRole": "arn:aws:iam::000000000000:role/r",
        "ResourceType": "AMI_IMAGE",
        "PolicyDetails": [{"Action": {"Type": "DELETE"}, "Filter": {"Type": "COUNT", "Value": 2}}],
        "ResourceSelection": {"TagMap": {"a": "b"}},
    }
    outputs = stack.put(
        {"Policy": {"Type": "AWS::ImageBuilder::LifecyclePolicy", "Properties": properties}}, {"Arn": {"Ref": "Policy"}}
    )

    assert outputs["Arn"].endswith(":lifecycle-policy/old-images")
    shown = client("imagebuilder").get_lifecycle_policy(lifecyclePolicyArn=outputs["Arn"])["lifecyclePolicy"]
    assert shown["resourceType"] == "AMI_IMAGE"


@pytest.mark.behaviour("EC2 Image Builder", "a recipe of more than twenty components is refused", aws=False)
def test_a_recipe_of_too_many_components_is_refused(stack):
    resources = pipeline_resources()
    recipe = resources["Recipe"]
    recipe["Properties"]["Components"] *= 21

    with pytest.raises(AssertionError, match="maximum number of components in a recipe is 20"):
        stack.put({"Component": resources["Component"], "Recipe": recipe})
