"""What tools ask EC2 Image Builder."""

from __future__ import annotations

import pytest

from tests.emulated.conftest import eventually
from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources


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
