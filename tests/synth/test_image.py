"""The image stack: components, recipe and pipeline from `ami_build`, or an image that is there already."""

from __future__ import annotations

import pytest

from constructs_lib.image import ComponentError
from stacks.proxy_platform.image import read_components
from tests.synth.assemblies import ROOT

IMAGE_BUILDER = "AWS::ImageBuilder::"


def test_each_component_file_becomes_a_component(production):
    components = production("image").properties(f"{IMAGE_BUILDER}Component")

    expected = {
        f"slipway-production-proxy-{path.stem}": path.read_text(encoding="utf-8")
        for path in (ROOT / "ami_build" / "components").glob("*.yaml")
    }
    assert {component["Name"]: component["Data"] for component in components} == expected


def test_the_recipe_starts_from_the_newest_ubuntu_and_hands_over_the_sources(production, local):
    recipe = production("image").only(f"{IMAGE_BUILDER}ImageRecipe")

    base = "ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/{}/hvm/ebs-gp3/ami-id"
    assert recipe["ParentImage"] == base.format("arm64")
    assert local("image").only(f"{IMAGE_BUILDER}ImageRecipe")["ParentImage"] == base.format("amd64")
    arguments = {
        argument["Name"]: argument["Value"]
        for component in recipe["Components"]
        for argument in component.get("Parameters", [])
    }
    assert arguments.keys() == {"SourceBucket", "SourceKey"}
    assert recipe["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


def test_the_build_machine_asks_its_metadata_with_a_token(production):
    infrastructure = production("image").only(f"{IMAGE_BUILDER}InfrastructureConfiguration")

    assert infrastructure["InstanceMetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert infrastructure["TerminateInstanceOnFailure"] is True
    assert infrastructure["Logging"]["S3Logs"]["S3KeyPrefix"] == "image-builder"


def test_nothing_is_built_that_nobody_asked_for(production):
    assert "Schedule" not in production("image").only(f"{IMAGE_BUILDER}ImagePipeline")


def test_old_images_go_but_never_the_one_in_use(production):
    template = production("image")
    (details,) = template.only(f"{IMAGE_BUILDER}LifecyclePolicy")["PolicyDetails"]
    tags = template.only(f"{IMAGE_BUILDER}Image")["Tags"]
    recipe = template.only(f"{IMAGE_BUILDER}ImageRecipe")

    assert details["Filter"] == {"Type": "COUNT", "Value": 3}
    assert details["Action"]["IncludeResources"] == {"Amis": True, "Snapshots": True}
    # By the version, since a predecessor keeps its tags.
    assert details["ExclusionRules"]["TagMap"] == {"slipway:image-version": recipe["Version"]}
    assert details["ExclusionRules"]["TagMap"].items() <= tags.items()


@pytest.mark.parametrize("environment", ["production", "development"])
def test_a_replaced_image_stays_until_the_fleet_has_left_it(environment, assembly):
    (image,) = assembly(environment).template("image").resources(f"{IMAGE_BUILDER}Image").values()

    assert image["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize(("environment", "policy"), [("production", "RetainExceptOnCreate"), ("development", "Delete")])
def test_logs_of_builds_belong_to_the_stack(environment, policy, assembly):
    template = assembly(environment).template("image")
    groups = template.resources("AWS::Logs::LogGroup")

    assert {entry["Properties"]["LogGroupName"] for entry in groups.values()} == {
        f"/aws/imagebuilder/slipway-{environment}-proxy",
        f"/aws/imagebuilder/pipeline/slipway-{environment}-proxy",
    }
    assert {entry["DeletionPolicy"] for entry in groups.values()} == {policy}
    (image,) = template.resources(f"{IMAGE_BUILDER}Image").values()
    assert set(image["DependsOn"]) & set(groups)


@pytest.mark.parametrize(("environment", "goes"), [("production", False), ("development", True)])
def test_the_image_goes_with_its_stack_where_nothing_is_to_stay(environment, goes, assembly):
    image = assembly(environment).template("image").only(f"{IMAGE_BUILDER}Image")

    assert ("DeletionSettings" in image) is goes


def test_the_fleet_learns_the_image_from_a_parameter(production):
    parameter = production("image").only("AWS::SSM::Parameter")

    assert parameter["Name"] == "/slipway/production/image/ami-id"
    assert parameter["Value"]["Fn::GetAtt"][1] == "ImageId"


def test_no_component_is_a_mistake(tmp_path):
    with pytest.raises(ComponentError, match="holds no component"):
        read_components(tmp_path)
