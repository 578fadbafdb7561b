"""What tools ask EC2 Image Builder."""

from __future__ import annotations

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import begin, builder, ended, pipeline

__all__ = ["builder", "pipeline"]


def test_api_lists_gets_and_starts_the_pipeline(stack, client):
    outputs = stack.put(pipeline_resources(), OUTPUTS)
    builder = client("imagebuilder")

    assert outputs["Pipeline"] in [known["arn"] for known in builder.list_image_pipelines()["imagePipelineList"]]
    shown = builder.get_image(imageBuildVersionArn=outputs["Image"])["image"]
    assert shown["state"]["status"] == "AVAILABLE"
    assert shown["outputResources"]["amis"][0]["image"] == outputs["Ami"]

    started = builder.start_image_pipeline_execution(imagePipelineArn=outputs["Pipeline"])["imageBuildVersionArn"]
    assert started == outputs["Image"].removesuffix("/1") + "/2"
    amis = eventually(
        lambda: builder.get_image(imageBuildVersionArn=started)["image"]["outputResources"]["amis"], "the AMI"
    )
    assert amis[0]["image"] != outputs["Ami"]
    builder.delete_image(imageBuildVersionArn=started)


def test_unknown_arn_is_a_named_error(client):
    builder = client("imagebuilder")

    with pytest.raises(builder.exceptions.ClientError) as refusal:
        builder.get_image(imageBuildVersionArn="arn:aws:imagebuilder:us-east-1:000000000000:image/none/1.0.0/1")

    assert refusal.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_unknown_operation_is_a_named_error(client):
    builder = client("imagebuilder")

    with pytest.raises(builder.exceptions.ClientError, match="CreateWorkflow"):
        builder.create_workflow(name="w", semanticVersion="1.0.0", type="BUILD", data="x", clientToken="t")


def test_tags_can_be_read_and_changed(stack, client):
    arn = stack.put(pipeline_resources(), OUTPUTS)["Pipeline"]
    builder = client("imagebuilder")

    builder.tag_resource(resourceArn=arn, tags={"a": "b", "c": "d"})
    builder.untag_resource(resourceArn=arn, tagKeys=["c"])

    assert builder.list_tags_for_resource(resourceArn=arn)["tags"]["a"] == "b"
    assert "c" not in builder.list_tags_for_resource(resourceArn=arn)["tags"]


@pytest.mark.behaviour("EC2 Image Builder", "a call that is repeated with its token starts one build only", aws=False)
def test_a_repeated_call_starts_one_build_only(builder, pipeline):
    first, second = (
        builder.start_image_pipeline_execution(imagePipelineArn=pipeline, clientToken=f"{pipeline[-8:]}")
        for _ in range(2)
    )

    assert first["imageBuildVersionArn"] == second["imageBuildVersionArn"]
    with pytest.raises(builder.exceptions.IdempotentParameterMismatchException):
        builder.start_image_pipeline_execution(imagePipelineArn=pipeline, clientToken=pipeline[-8:], tags={"a": "b"})


@pytest.mark.behaviour("EC2 Image Builder", "lists come in pages, and can be filtered", aws=False)
def test_lists_come_in_pages_and_can_be_filtered(stack, builder, pipeline):
    images = [begin(builder, pipeline) for _ in range(3)]

    pages = builder.get_paginator("list_image_pipeline_images").paginate(
        imagePipelineArn=pipeline, PaginationConfig={"PageSize": 2}
    )
    assert [[known["arn"] for known in page["imageSummaryList"]] for page in pages] == [images[:2], images[2:]]
    named = [{"name": "name", "values": [stack.name]}]
    assert len(builder.list_image_build_versions(filters=named)["imageSummaryList"]) == 3
    version = [*named, {"name": "version", "values": ["1.0.0"]}]
    (found,) = builder.list_images(filters=version)["imageVersionList"]
    assert found["arn"] == images[0].removesuffix("/1")
    assert builder.list_images(filters=[{"name": "name", "values": ["none"]}])["imageVersionList"] == []
    for image in images:
        ended(builder, image)
    workflow = builder.list_workflow_executions(imageBuildVersionArn=images[0], maxResults=1)
    assert (len(workflow["workflowExecutions"]), "nextToken" in workflow) == (1, True)


def test_a_wrong_page_or_filter_is_refused(builder):
    with pytest.raises(builder.exceptions.InvalidPaginationTokenException):
        builder.list_images(nextToken="?")
    with pytest.raises(builder.exceptions.InvalidRequestException, match="'colour' is not valid"):
        builder.list_image_build_versions(filters=[{"name": "colour", "values": ["red"]}])


def test_images_of_an_unknown_pipeline_are_none(builder):
    arn = "arn:aws:imagebuilder:us-east-1:000000000000:image-pipeline/none"

    assert builder.list_image_pipeline_images(imagePipelineArn=arn)["imageSummaryList"] == []


@pytest.mark.behaviour("EC2 Image Builder", "a pipeline that is disabled can still be started by hand", aws=False)
def test_a_disabled_pipeline_can_be_started(stack, builder):
    resources = pipeline_resources(name=stack.name)
    del resources["Image"]
    resources["Pipeline"]["Properties"]["Status"] = "DISABLED"
    arn = stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})["Pipeline"]

    assert ended(builder, begin(builder, arn))["status"] == "AVAILABLE"


@pytest.mark.behaviour("EC2 Image Builder", "what others are made of cannot be deleted", aws=False)
def test_what_others_are_made_of_cannot_be_deleted(stack, builder, pipeline):
    component, recipe = stack.physical_id("Component"), stack.physical_id("Recipe")
    distribution = stack.physical_id("Distribution")

    for delete in (
        lambda: builder.delete_component(componentBuildVersionArn=component),
        lambda: builder.delete_image_recipe(imageRecipeArn=recipe),
        lambda: builder.delete_distribution_configuration(distributionConfigurationArn=distribution),
    ):
        with pytest.raises(builder.exceptions.ResourceDependencyException, match="has other resources depended on it"):
            delete()


@pytest.mark.behaviour("EC2 Image Builder", "an image tells what it was built from when that is gone", aws=False)
def test_an_image_outlives_what_it_was_built_from(stack, builder, pipeline):
    image = begin(builder, pipeline)
    ended(builder, image)
    recipe = stack.physical_id("Recipe")
    stack.delete()

    shown = builder.get_image(imageBuildVersionArn=image)["image"]

    assert shown["imageRecipe"]["arn"] == recipe
    assert shown["imageRecipe"]["parentImage"].startswith("ssm:")
    assert shown["sourcePipelineArn"] == pipeline


@pytest.mark.behaviour("EC2 Image Builder", "a distribution configuration can be made for one distribution", aws=False)
def test_a_distribution_can_be_made_by_api(stack, builder):
    wanted = {
        "region": "eu-west-1",
        "amiDistributionConfiguration": {
            "amiTags": {"Where": "here"},
            "name": "n {{ imagebuilder:buildDate }}",
            "launchPermission": {"userIds": ["111122223333"]},
        },
    }
    made = builder.create_distribution_configuration(name=stack.name, distributions=[wanted], tags={"a": "b"})
    arn = made["distributionConfigurationArn"]

    shown = builder.get_distribution_configuration(distributionConfigurationArn=arn)["distributionConfiguration"]
    assert (shown["distributions"], shown["tags"]) == ([wanted], {"a": "b"})
    with pytest.raises(builder.exceptions.ResourceAlreadyExistsException):
        builder.create_distribution_configuration(name=stack.name, distributions=[wanted])
    builder.delete_distribution_configuration(distributionConfigurationArn=arn)
    with pytest.raises(builder.exceptions.ClientError, match="does not exist"):
        builder.get_distribution_configuration(distributionConfigurationArn=arn)
