"""The image stack: components, recipe and pipeline from `ami_build`, or an image that is there already."""

from __future__ import annotations

import pytest
import yaml

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
    declared = [
        parameter
        for path in (ROOT / "ami_build" / "components").glob("*.yaml")
        for parameter in yaml.safe_load(path.read_text(encoding="utf-8")).get("parameters", [])
    ]
    assert arguments.keys() >= {name for each in declared for name, about in each.items() if "default" not in about}
    assert arguments.keys() <= {name for each in declared for name in each}
    assert arguments["PackageSnapshot"] == ["none"]
    assert (arguments["PythonVersion"], arguments["MitmproxyVersion"]) == (["3.12"], [versions.MITMPROXY])
    assert recipe["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


def test_the_build_machine_asks_its_metadata_with_a_token(production):
    infrastructure = production("image").only(f"{IMAGE_BUILDER}InfrastructureConfiguration")

    assert infrastructure["InstanceMetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    assert infrastructure["TerminateInstanceOnFailure"] is True
    assert infrastructure["Logging"]["S3Logs"]["S3KeyPrefix"] == "image-builder"


def test_it_is_built_again_when_the_base_image_is_newer_where_a_time_for_that_is_set(production, local):
    assert production("image").only(f"{IMAGE_BUILDER}ImagePipeline")["Schedule"] == {
        "PipelineExecutionStartCondition": "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
        "ScheduleExpression": "cron(0 4 ? * MON *)",
    }
    assert "Schedule" not in local("image").only(f"{IMAGE_BUILDER}ImagePipeline")


def test_old_images_go_but_never_one_that_was_launched_lately(production):
    (details,) = production("image").only(f"{IMAGE_BUILDER}LifecyclePolicy")["PolicyDetails"]

    assert details["Filter"] == {"Type": "COUNT", "Value": 3}
    assert details["Action"]["IncludeResources"] == {"Amis": True, "Snapshots": True}
    assert details["ExclusionRules"] == {"Amis": {"LastLaunched": {"Unit": "YEARS", "Value": 1}}}


def test_no_image_is_built_by_a_deployment(production):
    """A build takes twenty minutes and may fail; a stack that waits for it would be rolled back with all it holds."""
    assert not production("image").resources(f"{IMAGE_BUILDER}Image")


@pytest.mark.parametrize(("environment", "policy"), [("production", "RetainExceptOnCreate"), ("development", "Delete")])
def test_logs_of_builds_belong_to_the_stack(environment, policy, assembly):
    template = assembly(environment).template("image")
    groups = template.resources("AWS::Logs::LogGroup")

    assert {entry["Properties"]["LogGroupName"] for entry in groups.values()} == {
        f"/aws/imagebuilder/slipway-{environment}-proxy",
        f"/aws/imagebuilder/pipeline/slipway-{environment}-proxy",
    }
    assert {entry["DeletionPolicy"] for entry in groups.values()} == {policy}
    (pipeline,) = template.resources(f"{IMAGE_BUILDER}ImagePipeline").values()
    assert set(groups) <= set(pipeline["DependsOn"])


def test_a_built_image_is_announced_where_image_builder_may_write(production):
    template = production("image")
    version = template.only(f"{IMAGE_BUILDER}ImageRecipe")["Version"]
    (part,) = template.only(f"{IMAGE_BUILDER}DistributionConfiguration")["Distributions"]

    name = f"/imagebuilder/slipway/production/{version}/ami-id"
    assert part["SsmParameterConfigurations"] == [{"DataType": "aws:ec2:image", "ParameterName": name}]
    assert template.outputs()["ImageParameterName"] == name
    assert template.outputs()["ImageVersion"] == version


def test_no_component_is_a_mistake(tmp_path):
    with pytest.raises(ComponentError, match="holds no component"):
        read_components(tmp_path)


def test_with_an_existing_image_nothing_is_built(tmp_path):
    image_id = "ami-0123456789abcdef0"
    assembly = synthesise("production", tmp_path, overrides=(f"image.ami_id={image_id}",), without=ALL_RULES)

    types = {entry["Type"] for entry in assembly.template("image").body["Resources"].values()}
    assert types - {"AWS::CDK::Metadata"} == {"AWS::CloudFormation::WaitConditionHandle"}
    (launched,) = assembly.template("fleet").properties("AWS::EC2::LaunchTemplate")
    assert launched["LaunchTemplateData"]["ImageId"] == image_id


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
    names = [str(part["ComponentArn"]) for part in recipe["Components"]]
    ours = [path.stem for path in sorted((ROOT / "ami_build" / "components").glob("*.yaml"))]
    assert names.index(ARN.format(region="us-east-1")) == len([name for name in ours if name < "80"])
    pipeline = template.only(f"{IMAGE_BUILDER}ImagePipeline")
    assert pipeline["Schedule"]["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    (details,) = template.only(f"{IMAGE_BUILDER}LifecyclePolicy")["PolicyDetails"]
    assert details["Filter"]["Value"] == 5
