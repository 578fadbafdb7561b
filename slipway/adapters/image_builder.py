"""Image Builder, in the region in which a deployment's images are built. It follows nothing and decides nothing."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from contract.images import COPY_TAG
from slipway.adapters import image_answers as answers
from slipway.adapters.aws import ATTEMPTS, CONFIG, code_of, translated
from slipway.domain.images import Image, Workflow

if TYPE_CHECKING:
    from mypy_boto3_imagebuilder import ImagebuilderClient

_GONE = frozenset({"ResourceNotFoundException"})


class ImageBuilder:
    """The API of Image Builder.

    :param region: where images are built.
    """

    def __init__(self, session: boto3.Session, region: str) -> None:
        self._session = session
        self._region = region

    @functools.cached_property
    def _client(self) -> ImagebuilderClient:
        with translated(self._region):
            client: ImagebuilderClient = self._session.client("imagebuilder", region_name=self._region, config=CONFIG)
            # What it returns counts here, whatever the types of this method say.
            throttling: Any = _wait_if_throttled
            client.meta.events.register("needs-retry.imagebuilder", throttling)
            return client

    def start(self, pipeline_arn: str, tags: Mapping[str, str]) -> str:
        """Start a build, once even if the answer is lost, and return its ARN."""
        with translated(self._region):
            answer = self._client.start_image_pipeline_execution(
                imagePipelineArn=pipeline_arn, tags=dict(tags), clientToken=str(uuid.uuid4())
            )
        return answer["imageBuildVersionArn"]

    def retry(self, arn: str) -> None:
        """Go on with a build that failed in its tests or its distribution, from there."""
        with translated(self._region):
            self._client.retry_image(imageBuildVersionArn=arn, clientToken=str(uuid.uuid4()))

    def cancel(self, arn: str) -> None:
        """Ask for the end of a build; one that has ended is left alone."""
        with translated(self._region):
            try:
                self._client.cancel_image_creation(imageBuildVersionArn=arn, clientToken=str(uuid.uuid4()))
            except ClientError as error:
                # It may have ended just before.
                if code_of(error) != "InvalidRequestException" or not self.image(arn).status.is_over:
                    raise

    def delete(self, arn: str) -> None:
        """Forget an image; one that is gone is left alone."""
        with translated(self._region):
            try:
                self._client.delete_image(imageBuildVersionArn=arn)
            except ClientError as error:
                if code_of(error) not in _GONE:
                    raise

    def image(self, arn: str) -> Image:
        """Return an image with all there is to know."""
        with translated(self._region):
            return answers.image(self._client.get_image(imageBuildVersionArn=arn)["image"])

    def images(self, name: str) -> Sequence[Image]:
        """Return all builds of a name, newest first, without their failures and logs."""
        with translated(self._region):
            pages = self._client.get_paginator("list_image_build_versions").paginate(
                filters=[{"name": "name", "values": [name]}]
            )
            found = [answers.image(each) for page in pages for each in page["imageSummaryList"] if each["name"] == name]
        # Deleted images are listed for a while.
        here = [image for image in found if image.status != "DELETED"]
        return sorted(here, key=lambda image: (image.created, image.build), reverse=True)

    def workflows(self, arn: str) -> Sequence[Workflow]:
        """Return what a build does, in order, with its steps; without what was tried again since."""
        with translated(self._region):
            pages = self._client.get_paginator("list_workflow_executions").paginate(imageBuildVersionArn=arn)
            found = [each for page in pages for each in page["workflowExecutions"] if not each.get("retried")]
            parts = [answers.workflow(each, self._steps(each["workflowExecutionId"])) for each in found]
        return sorted(parts, key=lambda part: answers.ORDER.index(part.kind) if part.kind in answers.ORDER else 0)

    def _steps(self, execution: str) -> list[Any]:
        pages = self._client.get_paginator("list_workflow_step_executions").paginate(workflowExecutionId=execution)
        return [each for page in pages for each in page["steps"]]

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to an image."""
        if tags:
            with translated(self._region):
                self._client.tag_resource(resourceArn=arn, tags=dict(tags))

    def distribute(
        self, image: Image, *, name: str, pipeline_arn: str, parameters: Mapping[str, str], role: str
    ) -> str:
        """Start to copy a finished image to regions; return the ARN of the build that does.

        What a copy is called and how it is tagged, is said by the pipeline's own distribution configuration.
        """
        with translated(self._region):
            pipeline = self._client.get_image_pipeline(imagePipelineArn=pipeline_arn)["imagePipeline"]
            own = self._client.get_distribution_configuration(
                distributionConfigurationArn=pipeline["distributionConfigurationArn"]
            )["distributionConfiguration"]
            made = self._client.create_distribution_configuration(
                name=name,
                description="Made for one distribution of an image, and removed after it",
                distributions=[
                    answers.distribution(own, region, parameter) for region, parameter in parameters.items()
                ],
                clientToken=str(uuid.uuid4()),
            )
            answer = self._client.distribute_image(
                sourceImage=image.arn,
                distributionConfigurationArn=made["distributionConfigurationArn"],
                executionRole=role,
                tags={**image.identity.tags, COPY_TAG: image.label},
                clientToken=str(uuid.uuid4()),
            )
        return answer["imageBuildVersionArn"]

    def forget_distributions(self, beginning: str) -> None:
        """Remove the distribution configurations whose names begin so, if there are any."""
        with translated(self._region):
            pages = self._client.get_paginator("list_distribution_configurations").paginate()
            for found in [each for page in pages for each in page["distributionConfigurationSummaryList"]]:
                if found["name"].startswith(beginning):
                    self._client.delete_distribution_configuration(distributionConfigurationArn=found["arn"])


def _wait_if_throttled(attempts: int, response: tuple[object, dict[str, Any]] | None, **_rest: object) -> float | None:
    """Return after how many seconds a call is made again that Image Builder found one too many; none for not at all.

    Its name for that is not among those that botocore knows.
    Source: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/CommonErrors.html

    :param response: what came back: the answer, and what it holds.
    """
    if response is None or attempts >= ATTEMPTS:
        return None
    code = response[1].get("Error", {}).get("Code")
    return min(0.5 * 2.0**attempts, 20.0) if code == "CallRateLimitExceededException" else None
