"""The image stack: components, recipe and pipeline from `ami_build`, or an image that is there already."""

from __future__ import annotations

import pytest

from constructs_lib.image import ComponentDocument, ComponentError
from contract import versions
from stacks.proxy_platform.image import extra_components, read_components
from tests.synth.assemblies import ALL_RULES, ROOT, synthesise

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
    assert arguments.keys() == {"SourceBucket", "SourceKey", "PythonVersion", "MitmproxyVersion"}
    assert (arguments["PythonVersion"], arguments["MitmproxyVersion"]) == (["3.12"], [versions.MITMPROXY])
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


def test_with_an_existing_image_nothing_is_built(tmp_path):
    image_id = "ami-0123456789abcdef0"
    template = synthesise("production", tmp_path, overrides=(f"image.ami_id={image_id}",), without=ALL_RULES).template(
        "image"
    )

    types = {entry["Type"] for entry in template.body["Resources"].values()}
    assert types - {"AWS::CDK::Metadata"} == {"AWS::SSM::Parameter"}
    assert template.only("AWS::SSM::Parameter")["Value"] == image_id
    assert set(template.outputs()) == {"AmiId"}


ARN = "arn:aws:imagebuilder:{region}:aws:component/amazon-cloudwatch-agent-linux/x.x.x"


def test_components_of_your_own_come_after_ours(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "50-own.yaml").write_text("phases: []\n")

    found = list(extra_components([ARN, "more/50-own.yaml"], root=tmp_path, region="eu-west-1"))

    assert found[0] == "arn:aws:imagebuilder:eu-west-1:aws:component/amazon-cloudwatch-agent-linux/x.x.x"
    assert found[1] == ComponentDocument("50-own", "phases: []\n", frozenset())


def test_a_component_that_is_not_there_is_a_mistake(tmp_path):
    with pytest.raises(ComponentError, match=r"image\.extra_components: there is no file more/50-own\.yaml"):
        list(extra_components(["more/50-own.yaml"], root=tmp_path, region="eu-west-1"))


def test_what_can_be_set(tmp_path):
    overrides = (f"image.extra_components=[{ARN!r}]", "image.schedule=cron(0 3 ? * SUN *)", "image.keep_images=5")
    template = synthesise("test", tmp_path, overrides=overrides, without=ALL_RULES).template("image")

    recipe = template.only(f"{IMAGE_BUILDER}ImageRecipe")
    assert recipe["Components"][-1] == {"ComponentArn": ARN.format(region="us-east-1")}
    pipeline = template.only(f"{IMAGE_BUILDER}ImagePipeline")
    assert pipeline["Schedule"]["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    (details,) = template.only(f"{IMAGE_BUILDER}LifecyclePolicy")["PolicyDetails"]
    assert details["Filter"]["Value"] == 5
