"""Pipelines that build by themselves, on an emulator whose clock can be put forward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.launcher import Emulator
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_image_builder import OUTPUTS, pipeline_resources
from tests.emulated.test_persistence import client_of

DAY = 86_400
NIGHTLY = {"ScheduleExpression": "cron(0 3 * * ? *)", "PipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY"}
WHEN_UPDATED = {"ScheduleExpression": "cron(0 3 * * *)"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of these tests' own, since its clock is put forward."""
    made = Emulator(tmp_path_factory.mktemp("schedules"))
    made.start()
    yield made
    made.destroy()


class Pipeline:
    """A pipeline of the test."""

    def __init__(self, emulator: Emulator, name: str, schedule: dict[str, Any]) -> None:
        self.builder = client_of(emulator, "imagebuilder")
        self.name = name
        self._emulator = emulator
        self.resources = pipeline_resources(name=name)
        del self.resources["Image"]
        self.resources["Pipeline"]["Properties"] |= {"Schedule": schedule, "ImageTags": {"by": "schedule"}}
        self._stack = Stack(name, client_of(emulator, "cloudformation"))
        self.deploy()

    def deploy(self) -> None:
        self.arn = self._stack.put(self.resources, {"Pipeline": OUTPUTS["Pipeline"]})["Pipeline"]
        # From then on its next run is known.
        eventually(lambda: "dateNextRun" in self.shown(), "the plan")

    def shown(self) -> dict[str, Any]:
        return self.builder.get_image_pipeline(imagePipelineArn=self.arn)["imagePipeline"]

    def build(self) -> None:
        self.builder.start_image_pipeline_execution(imagePipelineArn=self.arn)

    def images(self) -> list[dict[str, Any]]:
        return self.builder.list_image_pipeline_images(imagePipelineArn=self.arn)["imageSummaryList"]

    def ended(self, count: int) -> list[dict[str, Any]]:
        """Return its images as soon as that many builds have ended."""

        def found() -> list[dict[str, Any]] | None:
            images = self.images()
            over = [image for image in images if image["state"]["status"] in ("AVAILABLE", "FAILED")]
            return images if len(over) == count else None

        return eventually(found, f"{count} builds")

    def a_day_later(self) -> None:
        """Put the clock forward, until the next run has been attended to."""
        before = self.shown()["dateNextRun"]
        self._emulator.control("clock", advance=DAY)
        eventually(lambda: self.shown().get("dateNextRun") != before, "the next run")

    def log(self) -> list[str]:
        group = f"/aws/imagebuilder/pipeline/{self.name}"
        events = client_of(self._emulator, "logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events]


@pytest.mark.behaviour("EC2 Image Builder", "a pipeline with a schedule builds by itself when it is due", aws=False)
def test_a_pipeline_builds_by_itself_when_it_is_due(own):
    pipeline = Pipeline(own, "nightly", NIGHTLY)
    assert pipeline.shown()["dateNextRun"].endswith("T03:00:00.000Z")

    pipeline.a_day_later()

    (image,) = pipeline.ended(1)
    assert (image["buildType"], image["tags"]) == ("SCHEDULED", {"by": "schedule"})
    assert pipeline.shown()["lastRunStatus"] == "AVAILABLE"
    assert pipeline.log() == [f"Pipeline execution was started: {image['arn']}"]


@pytest.mark.behaviour(
    "EC2 Image Builder", "a schedule that waits for updates builds when base image or component is newer", aws=False
)
def test_a_schedule_that_waits_for_updates_builds_only_then(own):
    pipeline = Pipeline(own, "updates", WHEN_UPDATED)
    pipeline.build()
    first = pipeline.ended(1)[0]

    pipeline.a_day_later()
    assert len(pipeline.images()) == 1
    assert "Pipeline execution was skipped: there are no dependency updates" in pipeline.log()

    published = own.control("base-image", release="24.04", architecture="arm64")["images"]
    pipeline.a_day_later()

    second = pipeline.ended(2)[-1]
    ec2 = client_of(own, "ec2")
    bases = [
        ec2.describe_images(ImageIds=[image["outputResources"]["amis"][0]["image"]])["Images"][0]["SourceImageId"]
        for image in (first, second)
    ]
    assert bases == [published[0]["before"], published[0]["after"]]
    assert any(line.startswith("Dependency update: ssm:/aws/service/canonical") for line in pipeline.log())


def test_a_newer_component_is_an_update(own):
    pipeline = Pipeline(own, "components", WHEN_UPDATED)
    arn = "arn:aws:imagebuilder:us-east-1:000000000000:component/components-tools/x.x.x"
    pipeline.resources["Component"]["Properties"]["Name"] = "components tools"
    pipeline.resources["Recipe"]["Properties"] |= {"Version": "2.0.0", "Components": [{"ComponentArn": arn}]}
    pipeline.resources["Recipe"]["DependsOn"] = "Component"
    pipeline.deploy()
    pipeline.build()
    pipeline.ended(1)

    pipeline.resources["Newer"] = {
        "Type": "AWS::ImageBuilder::Component",
        "Properties": {**pipeline.resources["Component"]["Properties"], "Version": "3.0.0"},
    }
    pipeline.deploy()
    pipeline.a_day_later()

    assert len(pipeline.ended(2)) == 2


@pytest.mark.behaviour(
    "EC2 Image Builder", "a pipeline is disabled when too many scheduled builds fail one after another", aws=False
)
def test_a_pipeline_that_fails_again_and_again_is_disabled(own):
    # Pipelines of other tests build, too, while the clock goes on.
    own.control("image-builds", fail_at="CreateOutputAMI", times=20)
    pipeline = Pipeline(own, "failing", {**NIGHTLY, "AutoDisablePolicy": {"FailureCount": 2}})

    for failures in (1, 2):
        pipeline.a_day_later()
        pipeline.ended(failures)

    eventually(lambda: pipeline.shown()["status"] == "DISABLED", "the end of it")
    assert pipeline.shown()["consecutiveFailures"] == 2
    own.control("image-builds")


def test_published_images_outlive_the_emulator(own):
    name = "/aws/service/canonical/ubuntu/server/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"
    (image,) = own.control("base-image", release="22.04", architecture="amd64")["images"]
    own.stop()
    own.start()

    found = client_of(own, "ssm").get_parameter(Name=name)["Parameter"]
    assert (found["Value"], found["Version"]) == (image["after"], 2)
    (shown,) = client_of(own, "ec2").describe_images(ImageIds=[image["after"]])["Images"]
    assert (shown["Architecture"], shown["CreationDate"] > "2026") == ("x86_64", True)
