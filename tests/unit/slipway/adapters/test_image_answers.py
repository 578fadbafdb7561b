"""Image Builder's answers are read, whole ones and those that say little."""

from __future__ import annotations

from datetime import UTC, datetime

from slipway.adapters import image_answers as answers
from slipway.domain.images import ComponentFailure, LogBucket, RegionFailure, Status

ARN = "arn:aws:imagebuilder:us-east-1:123456789012:image/shop-blue-proxy/1.2.3/4"


def test_a_whole_image_is_read():
    image = answers.image(
        {
            "arn": ARN,
            "dateCreated": "2026-11-21T12:00:00.123Z",
            "state": {
                "status": "FAILED",
                "reason": "why",
                "failureContext": {
                    "imageStatus": "BUILDING", "failedStep": "ApplyBuildComponents",
                    "componentFailure": {"componentArn": "c", "phaseName": "build", "stepName": "s", "action": "a",
                                         "errorMessage": "m"},
                    "distributionFailure": {"regionFailures": [{"region": "eu-west-1", "errorMessage": "no"}]},
                },
            },
            "outputResources": {"amis": [
                {"region": "us-east-1", "image": "ami-1", "accountId": "123456789012"},
                {"region": "us-east-1", "image": "ami-2", "accountId": "999999999999"},
                {"region": "eu-west-1"},
            ]},
            "tags": {"a": "b"},
            "infrastructureConfiguration": {"logging": {"s3Logs": {"s3BucketName": "b", "s3KeyPrefix": "p"}}},
        }
    )  # fmt: skip

    assert (image.version, image.build, image.status) == ("1.2.3", 4, Status.FAILED)
    assert image.created == datetime(2026, 11, 21, 12, 0, 0, 123000, UTC)
    assert (image.amis, image.logs) == ({"us-east-1": "ami-1"}, LogBucket("b", "p"))
    assert image.failure.component == ComponentFailure("c", "build", "s", "a", "m")
    assert image.failure.regions == (RegionFailure("eu-west-1", "", "no"),)


def test_an_image_that_says_nothing_yet_is_read():
    image = answers.image({"arn": ARN})

    assert (image.status, image.amis, image.failure, image.logs) == (Status.PENDING, {}, None, None)


def test_a_workflow_is_read_with_its_steps():
    began = {"startTime": "2026-11-21T12:00:00Z"}
    step = {"stepExecutionId": "s", "name": "n", "action": "a", "status": "RUNNING", **began}

    workflow = answers.workflow({"workflowExecutionId": "w", "type": "BUILD", "status": "RUNNING", **began}, [step])

    assert (workflow.kind, workflow.steps[0].name, workflow.steps[0].ended) == ("BUILD", "n", None)
    assert workflow.began == workflow.steps[0].began


def test_a_further_region_is_like_the_first_but_for_what_stands_in_one():
    own = {"distributions": [{"amiDistributionConfiguration": {"amiTags": {"a": "b"}, "kmsKeyId": "key"}}]}

    assert answers.distribution(own, "eu-west-1", "/p") == {
        "region": "eu-west-1",
        "amiDistributionConfiguration": {"amiTags": {"a": "b"}},
        "ssmParameterConfigurations": [{"parameterName": "/p", "dataType": "aws:ec2:image"}],
    }
    assert answers.distribution({}, "eu-west-1", "/p")["amiDistributionConfiguration"] == {}
    assert "ssmParameterConfigurations" not in answers.distribution(own, "eu-west-1", "")
