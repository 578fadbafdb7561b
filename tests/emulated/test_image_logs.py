"""Where Image Builder writes its logs."""

from __future__ import annotations

import json

import pytest

from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_image_builds import COMPONENT, begin, builder, ended, order

__all__ = ["builder", "order"]


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


@pytest.mark.behaviour("EC2 Image Builder", "what components print is kept in the bucket for logs, too", aws=False)
def test_what_components_print_is_kept_in_the_bucket(stack, client, builder, order):
    order(output="one line")
    resources = pipeline_resources(name=stack.name)
    del resources["Image"]
    resources["Component"]["Properties"]["Data"] = COMPONENT
    resources["Bucket"] = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{stack.name}-logs"}}
    place = {"S3Logs": {"S3BucketName": {"Ref": "Bucket"}, "S3KeyPrefix": "builds/"}}
    resources["Infrastructure"]["Properties"]["Logging"] = place
    outputs = stack.put(resources, {"Pipeline": OUTPUTS["Pipeline"], "Bucket": {"Ref": "Bucket"}})
    s3 = client("s3")

    image = begin(builder, outputs["Pipeline"])
    ended(builder, image)

    prefix = f"builds/{stack.name}/1.0.0/1/"
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=outputs["Bucket"], Prefix=prefix)["Contents"]]
    first = s3.get_object(Bucket=outputs["Bucket"], Key=keys[0])["Body"].read().decode()
    for key in keys:
        s3.delete_object(Bucket=outputs["Bucket"], Key=key)
    assert len(keys) == 2
    assert "CmdExecution: Stdout: one line" in first.splitlines()
    workflows = builder.list_workflow_executions(imageBuildVersionArn=image)["workflowExecutions"]
    listed = builder.list_workflow_step_executions(workflowExecutionId=workflows[0]["workflowExecutionId"])["steps"]
    url = json.loads(listed[1]["outputs"])["logUrl"]
    assert f"{url}/console.log".removeprefix(f"s3://{outputs['Bucket']}/") in keys
