"""Versions follow contents, and a component that Image Builder would refuse is refused here."""

from __future__ import annotations

import re

import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib.access import ServiceRole
from constructs_lib.image import (
    DOCUMENT_LIMIT,
    BuildMachine,
    ComponentDocument,
    ComponentError,
    Destination,
    ImagePipeline,
    version_of,
)
from contract.images import BUILD_TAG

DOCUMENT = """\
schemaVersion: 1.0
parameters:
  - SourceKey:
      type: string
phases:
  - name: build
    steps: []
"""


def image_in(
    stack,
    *,
    documents,
    volume_gib=8,
    parent_image="ami-1",
    arguments=None,
    construct_id="Image",
    schedule=None,
    revision="",
):
    subnet = ec2.Subnet.from_subnet_id(stack, f"{construct_id}Subnet", "subnet-1")
    group = ec2.SecurityGroup.from_security_group_id(stack, f"{construct_id}Group", "sg-1")
    machine = BuildMachine(
        stack,
        f"{construct_id}Machine",
        name="proxy",
        instance_type="t3.medium",
        instance_profile=iam.CfnInstanceProfile(stack, f"{construct_id}Profile", roles=["role"]),
        subnet=subnet,
        security_group=group,
        machine_tags={"a": "tag"},
        log_bucket_name="logs",
        log_prefix="image-builder",
    )
    return ImagePipeline(
        stack,
        construct_id,
        name="proxy",
        parameter="/imagebuilder/{}".format,
        destinations=[Destination("us-east-1"), Destination("eu-west-1", announces=False)],
        components=documents,
        arguments=arguments or {},
        parent_image=parent_image,
        revision=revision,
        schedule=schedule,
        machine=machine,
        image_tags={"a": "tag"},
        lifecycle_role=ServiceRole(stack, f"{construct_id}Role", service="imagebuilder.amazonaws.com", description="x"),
        volume_gib=volume_gib,
        timeout_minutes=60,
        log_retention_days=3,
        destroy=False,
        keep=4,
    )


def document(name="10-base", text=DOCUMENT, parameters=frozenset({"SourceKey"})):
    return ComponentDocument(name, text, parameters)


def test_a_version_is_one_that_image_builder_takes_and_follows_the_text():
    version = version_of("text")

    assert re.fullmatch(r"1\.\d+\.\d+", version)
    assert all(int(part) < 2**30 for part in version.split("."))
    assert version_of("text") == version
    assert version_of("Text") != version
    assert version_of("te", "xt") != version_of("t", "ext")


def test_a_document_is_read_with_its_parameters(tmp_path):
    path = tmp_path / "20-proxy.yaml"
    path.write_text(DOCUMENT)

    assert ComponentDocument.read(path) == ComponentDocument("20-proxy", DOCUMENT, frozenset({"SourceKey"}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x" * (DOCUMENT_LIMIT + 1), f"has {DOCUMENT_LIMIT + 1} characters.*split"),
        ("phases: [", "not valid YAML"),
        ("just words", "no component document"),
        ("name: x\n", "no component document"),
    ],
)
def test_a_document_that_cannot_be_used_is_refused(tmp_path, text, words):
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    with pytest.raises(ComponentError, match=f"bad.yaml.*{words}"):
        ComponentDocument.read(path)


def test_a_parameter_reaches_only_who_declares_it(stack, template):
    documents = [document(), document("20-other", "phases: []\n", frozenset())]
    image_in(stack, documents=documents, arguments={"SourceKey": "key", "SourceBucket": "bucket"})

    (recipe,) = template("AWS::ImageBuilder::ImageRecipe")
    assert [component.get("Parameters") for component in recipe["Components"]] == [
        [{"Name": "SourceKey", "Value": ["key"]}],
        None,
    ]


def versions(app, kind, **different):
    """Return the versions that resources have in stacks which differ in one argument."""
    from aws_cdk import Stack
    from aws_cdk.assertions import Template

    [(argument, values)] = different.items()
    stacks = [Stack(app, f"Stack{number}") for number in range(len(values))]
    for stack, value in zip(stacks, values, strict=True):
        image_in(stack, documents=[document()], **{argument: value})
    found = [Template.from_stack(stack).find_resources(f"AWS::ImageBuilder::{kind}") for stack in stacks]
    return [resource["Properties"]["Version"] for resources in found for resource in resources.values()]


def test_new_sources_make_a_new_recipe_of_the_same_component(app):
    [one, two] = versions(app, "ImageRecipe", arguments=[{"Sources": "one"}, {"Sources": "two"}])
    assert one != two


def test_new_sources_leave_the_component_as_it_is(app):
    [one, two] = versions(app, "Component", arguments=[{"Sources": "one"}, {"Sources": "two"}])
    assert one == two


@pytest.mark.parametrize(
    "different", [{"revision": ["47", "48"]}, {"volume_gib": [8, 9]}, {"parent_image": ["ami-1", "ami-2"]}], ids=str
)
def test_whatever_a_recipe_says_makes_another_version_of_it(app, different):
    """A recipe cannot be changed, and another one of the same name and version is refused."""
    [one, two] = versions(app, "ImageRecipe", **different)
    assert one != two


def test_an_image_is_tagged_and_announced_where_it_is_needed(stack, template):
    pipeline = image_in(stack, documents=[document()])

    (distribution,) = template("AWS::ImageBuilder::DistributionConfiguration")
    ami = {"Name": "proxy-{{ imagebuilder:buildDate }}", "AmiTags": {"a": "tag"}}
    named = {"DataType": "aws:ec2:image", "ParameterName": f"/imagebuilder/{pipeline.version}"}
    assert distribution["Distributions"] == [
        {"Region": "us-east-1", "AmiDistributionConfiguration": ami, "SsmParameterConfigurations": [named]},
        {"Region": "eu-west-1", "AmiDistributionConfiguration": ami},
    ]
    assert template("AWS::ImageBuilder::InfrastructureConfiguration")[0]["ResourceTags"] == {"a": "tag"}


def test_component_names_become_construct_ids(stack):
    image = image_in(stack, documents=[document("20-proxy_app")])

    assert image.node.try_find_child("Component20ProxyApp") is not None


def test_a_component_that_exists_is_named_by_its_arn(stack, template):
    arn = "arn:aws:imagebuilder:us-east-1:aws:component/amazon-cloudwatch-agent-linux/x.x.x"
    image_in(stack, documents=[document(), arn])

    (recipe,) = template("AWS::ImageBuilder::ImageRecipe")
    assert recipe["Components"][1] == {"ComponentArn": arn}
    assert len(template("AWS::ImageBuilder::Component")) == 1


def test_two_components_of_one_name_are_refused(stack):
    with pytest.raises(ComponentError, match=r"two components are called 10\.base"):
        image_in(stack, documents=[document(), document("10.base")])


def test_the_pipeline_builds_when_its_time_has_come_and_the_base_is_newer(stack, template):
    image_in(stack, documents=[document()], schedule="cron(0 3 ? * SUN *)")

    assert template("AWS::ImageBuilder::ImagePipeline")[0]["Schedule"] == {
        "PipelineExecutionStartCondition": "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
        "ScheduleExpression": "cron(0 3 ? * SUN *)",
    }


def test_as_many_images_are_kept_as_was_said(stack, template):
    image_in(stack, documents=[document()])

    (policy,) = template("AWS::ImageBuilder::LifecyclePolicy")
    assert policy["PolicyDetails"][0]["Filter"] == {"Type": "COUNT", "Value": 4}


def test_builds_are_counted_and_their_copies_are_not(stack, template):
    image_in(stack, documents=[document()])

    (policy,), (pipeline,) = (
        template("AWS::ImageBuilder::LifecyclePolicy"),
        template("AWS::ImageBuilder::ImagePipeline"),
    )
    assert policy["ResourceSelection"] == {"TagMap": {BUILD_TAG: pipeline["Name"]}}
    assert pipeline["ImageTags"][BUILD_TAG] == pipeline["Name"]
