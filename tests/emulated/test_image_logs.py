"""Where Image Builder writes its logs."""

from __future__ import annotations

from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import begin, builder, ended

__all__ = ["builder"]


def test_the_log_of_a_build_is_where_the_pipeline_says(stack, client, builder):
    resources = pipeline_resources(name=stack.name)
    del resources["Image"]
    group = f"/aws/imagebuilder/chosen/{stack.name}"
    resources["Pipeline"]["Properties"]["LoggingConfiguration"] = {"ImageLogGroupName": group}
    outputs = stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"]})

    image = begin(builder, outputs["Pipeline"])
    ended(builder, image)

    (stream,) = client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    assert stream["logStreamName"] == "1.0.0/1"
