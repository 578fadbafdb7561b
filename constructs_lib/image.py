"""A pipeline of EC2 Image Builder that builds a machine image from component documents.

Image Builder refuses a second component or recipe of the same name and version, so versions are made from contents:
what has changed has another version, and what has not, has the same one.

No image is a resource here: building takes twenty minutes, may fail, and must not hold up or undo the deployment of
anything else (docs/adr/0032). The pipeline is started by `slipway image build`, or by its schedule; what it built it
writes into a parameter of its recipe's version, which the fleet reads.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from constructs_lib.logs import OwnedLogGroup
from contract import images

DOCUMENT_LIMIT = 16_000
ROOT_DEVICE = "/dev/sda1"


class ComponentError(Exception):
    """A component document cannot be used; the message says which, why, and how to mend it."""


@dataclass(frozen=True)
class ComponentDocument:
    """A component document as it stands in a file.

    :param name: the file's name without its extension.
    :param text: the document.
    :param parameters: names of the parameters that it declares.
    """

    name: str
    text: str
    parameters: frozenset[str]

    @classmethod
    def read(cls, path: Path) -> "ComponentDocument":
        """Read a document.

        :raises ComponentError: if it is no YAML mapping, or longer than Image Builder takes inline.
        """
        text = path.read_text(encoding="utf-8")
        if len(text) > DOCUMENT_LIMIT:
            raise ComponentError(f"{path} has {len(text)} characters, Image Builder takes {DOCUMENT_LIMIT}; split it")
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ComponentError(f"{path} is not valid YAML: {error}") from error
        if not isinstance(document, dict) or "phases" not in document:
            raise ComponentError(f"{path} is no component document: it has no `phases`")
        declared = frozenset(name for entry in document.get("parameters", []) for name in entry)
        return cls(path.stem, text, declared)


def version_of(*parts: str) -> str:
    """Return a semantic version that only these texts decide, for example `1.297482.88210943`.

    Minor and patch have 29 bits each of a SHA-256; Image Builder allows numbers below 2^30.
    """
    digest = int(hashlib.sha256("\0".join(parts).encode()).hexdigest(), 16)
    return f"1.{digest % 2**29}.{(digest >> 29) % 2**29}"


def _disk(volume_gib: int) -> dict[str, Any]:
    """Return the root volume, in the words of the recipe."""
    volume = {"volume_size": volume_gib, "volume_type": "gp3", "encrypted": True, "delete_on_termination": True}
    return {"device_name": ROOT_DEVICE, "ebs": volume}


ComponentArn = str
"""ARN of a component that exists already; a version of `x.x.x` is the newest at the time of a build."""


class BuildMachine(imagebuilder.CfnInfrastructureConfiguration):
    """The machine that builds and tests an image: its metadata needs a token, and it goes even when the build fails.

    :param instance_profile: what it may do.
    :param machine_tags: its tags, since it is no resource of the stack.
    :param log_prefix: where build logs go in the bucket.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        instance_type: str,
        instance_profile: iam.CfnInstanceProfile,
        subnet: ec2.ISubnet,
        security_group: ec2.ISecurityGroup,
        machine_tags: Mapping[str, str],
        log_bucket_name: str,
        log_prefix: str,
    ) -> None:
        infrastructure = imagebuilder.CfnInfrastructureConfiguration
        super().__init__(
            scope,
            construct_id,
            name=name,
            instance_profile_name=instance_profile.ref,
            instance_types=[instance_type],
            instance_metadata_options=infrastructure.InstanceMetadataOptionsProperty(
                http_tokens="required", http_put_response_hop_limit=1
            ),
            subnet_id=subnet.subnet_id,
            security_group_ids=[security_group.security_group_id],
            terminate_instance_on_failure=True,
            resource_tags=dict(machine_tags),
            logging=infrastructure.LoggingProperty(
                s3_logs=infrastructure.S3LogsProperty(s3_bucket_name=log_bucket_name, s3_key_prefix=log_prefix)
            ),
        )


@dataclass(frozen=True)
class Destination:
    """A region that each image is copied to.

    :param region: for example `eu-west-1`.
    :param announces: whether a parameter there names the newest image; not where the fleet launches another one.
    """

    region: str
    announces: bool = True


class ImagePipeline(Construct):
    """A pipeline, the recipe that it builds from, and what becomes of old images.

    :param name: first part of every physical name.
    :param parameter: returns the name of the SSM parameter with the newest image of a version.
    :param destinations: where images are needed; the region of the stack is among them.
    :param components: components, in the order in which they are applied.
    :param arguments: values for those parameters of documents that have these names.
    :param revision: any text; another one makes another version of the same recipe.
    :param schedule: cron expression of when the pipeline looks for a newer base image; none for never.
    :param parent_image: what the image is built on, an AMI id or `ssm:<parameter>`.
    :param machine: what builds it.
    :param image_tags: tags of the AMIs, since they are no resources of the stack.
    :param lifecycle_role: deletes old images.
    :param volume_gib: size of the root volume, in GiB.
    :param timeout_minutes: time, in minutes, that the tests may take.
    :param log_retention_days: age, in days, at which logs of builds may be deleted.
    :param destroy: delete logs with their stack; else keep them.
    :param keep: number of images that the lifecycle policy keeps.
    :raises ComponentError: if two documents have one name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        parameter: Callable[[str], str],
        destinations: Sequence[Destination],
        components: Sequence[ComponentDocument | ComponentArn],
        arguments: Mapping[str, str],
        parent_image: str,
        revision: str,
        schedule: str | None,
        machine: BuildMachine,
        image_tags: Mapping[str, str],
        lifecycle_role: iam.IRole,
        volume_gib: int,
        timeout_minutes: int,
        log_retention_days: int,
        destroy: bool,
        keep: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        texts = [part.text if isinstance(part, ComponentDocument) else part for part in components]
        values, disk = Stack.of(self).resolve(dict(arguments)), _disk(volume_gib)
        # All that the recipe says: a recipe that differs in anything, and not in its version, is refused.
        self.version = version_of(json.dumps([parent_image, disk, texts, values, revision]))
        """Version of the recipe, which all that goes into an image decides, but the base image's own contents."""
        self.parameter_name = parameter(self.version)
        """Name of the SSM parameter with the newest AMI of this version."""
        recipe = self._recipe(components, arguments, parent_image, disk)
        distribution = self._distribution(destinations, image_tags)
        self.pipeline = self._pipeline(recipe, machine, distribution, timeout_minutes, schedule, image_tags)
        self._expire(lifecycle_role, keep)
        self.log_group_name = self._own_logs(log_retention_days, destroy)
        """Name of the log group with a stream for each build."""

    def _distribution(
        self, destinations: Sequence[Destination], image_tags: Mapping[str, str]
    ) -> imagebuilder.CfnDistributionConfiguration:
        distribution = imagebuilder.CfnDistributionConfiguration
        ami = {"Name": f"{self._name}-{{{{ imagebuilder:buildDate }}}}", "AmiTags": dict(image_tags)}
        named = [
            distribution.SsmParameterConfigurationProperty(
                parameter_name=self.parameter_name, data_type="aws:ec2:image"
            )
        ]
        return distribution(
            self,
            "Distribution",
            name=self._name,
            distributions=[
                distribution.DistributionProperty(
                    region=destination.region,
                    ami_distribution_configuration=ami,
                    ssm_parameter_configurations=named if destination.announces else None,
                )
                for destination in destinations
            ],
        )

    def _pipeline(
        self,
        recipe: imagebuilder.CfnImageRecipe,
        machine: BuildMachine,
        distribution: imagebuilder.CfnDistributionConfiguration,
        timeout_minutes: int,
        schedule: str | None,
        image_tags: Mapping[str, str],
    ) -> imagebuilder.CfnImagePipeline:
        pipeline = imagebuilder.CfnImagePipeline
        # For a base image named by a parameter, another value of that parameter counts as an update.
        # https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_Schedule.html
        regularly = pipeline.ScheduleProperty(
            schedule_expression=schedule,
            pipeline_execution_start_condition="EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE",
        )
        return pipeline(
            self,
            "Pipeline",
            name=self._name,
            image_recipe_arn=recipe.ref,
            infrastructure_configuration_arn=machine.ref,
            distribution_configuration_arn=distribution.ref,
            image_tests_configuration=pipeline.ImageTestsConfigurationProperty(
                image_tests_enabled=True, timeout_minutes=timeout_minutes
            ),
            schedule=regularly if schedule else None,
            # A build that someone starts is given the same tags by whoever starts it.
            image_tags={**image_tags, images.RECIPE_VERSION_TAG: self.version, images.BUILD_TAG: self._name},
        )

    def _recipe(
        self,
        components: Sequence[ComponentDocument | ComponentArn],
        arguments: Mapping[str, str],
        parent_image: str,
        disk: dict[str, Any],
    ) -> imagebuilder.CfnImageRecipe:
        return imagebuilder.CfnImageRecipe(
            self,
            "Recipe",
            name=self._name,
            version=self.version,
            parent_image=parent_image,
            components=[self._part(part, arguments) for part in components],
            block_device_mappings=[disk],
        )

    def _part(
        self, part: ComponentDocument | ComponentArn, arguments: Mapping[str, str]
    ) -> imagebuilder.CfnImageRecipe.ComponentConfigurationProperty:
        recipe = imagebuilder.CfnImageRecipe
        if not isinstance(part, ComponentDocument):
            return recipe.ComponentConfigurationProperty(component_arn=part)
        parameters = [
            recipe.ComponentParameterProperty(name=name, value=[value])
            for name, value in sorted(arguments.items())
            if name in part.parameters
        ]
        return recipe.ComponentConfigurationProperty(
            component_arn=self._component(part).ref, parameters=parameters or None
        )

    def _component(self, document: ComponentDocument) -> imagebuilder.CfnComponent:
        construct_id = f"Component{''.join(part.capitalize() for part in re.split('[._-]', document.name))}"
        if self.node.try_find_child(construct_id) is not None:
            raise ComponentError(f"two components are called {document.name}; give the file of one another name")
        return imagebuilder.CfnComponent(
            self,
            construct_id,
            name=f"{self._name}-{document.name}",
            version=version_of(document.text),
            platform="Linux",
            data=document.text,
        )

    def _expire(self, role: iam.IRole, keep: int) -> None:
        """Delete the AMIs and snapshots of old builds, or each new recipe would leave one.

        Builds are chosen by their tag, since copies to further regions are images of the same recipe, and would count.
        """
        policy = imagebuilder.CfnLifecyclePolicy
        policy(
            self,
            "Lifecycle",
            name=self._name,
            execution_role=role.role_arn,
            resource_type="AMI_IMAGE",
            resource_selection=policy.ResourceSelectionProperty(tag_map={images.BUILD_TAG: self._name}),
            policy_details=[
                policy.PolicyDetailProperty(
                    action=policy.ActionProperty(
                        type="DELETE",
                        include_resources=policy.IncludeResourcesProperty(amis=True, snapshots=True),
                    ),
                    filter=policy.FilterProperty(type="COUNT", value=keep),
                    # What a group launched is what it may launch again.
                    exclusion_rules=policy.ExclusionRulesProperty(
                        amis=policy.AmiExclusionRulesProperty(
                            last_launched=policy.LastLaunchedProperty(unit="YEARS", value=1)
                        ),
                    ),
                )
            ],
        )

    def _own_logs(self, retention_days: int, destroy: bool) -> str:
        """Make the log groups before Image Builder does, whose own keep everything for ever; return the builds' one.

        Source of the names: https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html
        """
        builds, pipeline = f"/aws/imagebuilder/{self._name}", f"/aws/imagebuilder/pipeline/{self._name}"
        for construct_id, name in {"ImageLogs": builds, "PipelineLogs": pipeline}.items():
            group = OwnedLogGroup(
                self, construct_id, log_group_name=name, retention_days=retention_days, destroy=destroy
            )
            self.pipeline.node.add_dependency(group)
        return builds
