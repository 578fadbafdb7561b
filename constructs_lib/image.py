"""A machine image built by EC2 Image Builder from component documents.

Image Builder refuses a second component or recipe of the same name and version, so versions are made from contents:
what has changed has another version, and what has not, has the same one.

A newer image comes with the deployment of a changed recipe, or of another revision of the same one. The pipeline
builds on request, or on a schedule, to try whether the recipe still works: the fleet never launches what it built.

The image that a deployment replaces stays, since instances are launched from it until the fleet has the new one, and
for ever if that fails. The lifecycle policy deletes it later; one that is left when the whole deployment goes has to
be deleted by hand.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from aws_cdk import CfnDeletionPolicy, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_imagebuilder as imagebuilder
from constructs import Construct

from constructs_lib.logs import OwnedLogGroup

DOCUMENT_LIMIT = 16_000
ROOT_DEVICE = "/dev/sda1"
VERSION_TAG = "slipway:image-version"
"""Tag with an image's version, by which the lifecycle policy spares the one that the fleet launches, however old."""


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


class BuiltImage(Construct):
    """An image, the recipe it is built from, and the pipeline that builds it again on request.

    :param name: first part of every physical name.
    :param components: components, in the order in which they are applied.
    :param arguments: values for those parameters of documents that have these names.
    :param revision: any text; another one builds the same recipe anew.
    :param schedule: cron expression of when the pipeline builds by itself; none for never.
    :param parent_image: what the image is built on, an AMI id or `ssm:<parameter>`.
    :param machine: what builds it.
    :param image_tags: tags of the AMI, since it is no resource of the stack.
    :param lifecycle_role: deletes old images, and the one in use where it goes with its stack.
    :param volume_gib: size of the root volume, in GiB.
    :param timeout_minutes: time, in minutes, that the tests may take.
    :param log_retention_days: age, in days, at which logs of builds may be deleted.
    :param destroy: delete image and logs with their stack; else keep them.
    :param keep: number of images that the lifecycle policy keeps.
    :raises ComponentError: if two documents have one name.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        region: str,
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
        recipe = self._recipe(components, arguments, parent_image, volume_gib, revision)
        distribution = self._distribution(region, image_tags)
        self._image = self._first_build(
            recipe, machine, distribution, timeout_minutes, lifecycle_role if destroy else None
        )
        self.pipeline = self._pipeline(recipe, machine, distribution, timeout_minutes, schedule)
        self._expire(recipe, lifecycle_role, keep)
        self._own_logs(log_retention_days, destroy)

    @property
    def image_id(self) -> str:
        """Id of the AMI."""
        return self._image.attr_image_id

    def _distribution(self, region: str, image_tags: Mapping[str, str]) -> imagebuilder.CfnDistributionConfiguration:
        ami = {"Name": f"{self._name}-{{{{ imagebuilder:buildDate }}}}", "AmiTags": dict(image_tags)}
        return imagebuilder.CfnDistributionConfiguration(
            self,
            "Distribution",
            name=self._name,
            distributions=[
                imagebuilder.CfnDistributionConfiguration.DistributionProperty(
                    region=region, ami_distribution_configuration=ami
                )
            ],
        )

    def _first_build(
        self,
        recipe: imagebuilder.CfnImageRecipe,
        machine: BuildMachine,
        distribution: imagebuilder.CfnDistributionConfiguration,
        timeout_minutes: int,
        deletion_role: iam.IRole | None,
    ) -> imagebuilder.CfnImage:
        """Build the image that the stack is known by; a new recipe builds another."""
        image = imagebuilder.CfnImage(
            self,
            "Image",
            image_recipe_arn=recipe.ref,
            infrastructure_configuration_arn=machine.ref,
            distribution_configuration_arn=distribution.ref,
            image_tests_configuration=imagebuilder.CfnImage.ImageTestsConfigurationProperty(
                image_tests_enabled=True, timeout_minutes=timeout_minutes
            ),
            deletion_settings=imagebuilder.CfnImage.DeletionSettingsProperty(execution_role=deletion_role.role_arn)
            if deletion_role
            else None,
        )
        Tags.of(image).add(VERSION_TAG, recipe.version)
        # Instances may still be launched from the image that is replaced.
        image.cfn_options.update_replace_policy = CfnDeletionPolicy.RETAIN
        image.cfn_options.deletion_policy = CfnDeletionPolicy.DELETE
        return image

    def _pipeline(
        self,
        recipe: imagebuilder.CfnImageRecipe,
        machine: BuildMachine,
        distribution: imagebuilder.CfnDistributionConfiguration,
        timeout_minutes: int,
        schedule: str | None,
    ) -> imagebuilder.CfnImagePipeline:
        pipeline = imagebuilder.CfnImagePipeline
        # Whenever it is time: what changes are mostly packages, of which Image Builder knows nothing when
        # it looks for updates of dependencies.
        regularly = pipeline.ScheduleProperty(
            schedule_expression=schedule, pipeline_execution_start_condition="EXPRESSION_MATCH_ONLY"
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
        )

    def _recipe(
        self,
        components: Sequence[ComponentDocument | ComponentArn],
        arguments: Mapping[str, str],
        parent_image: str,
        volume_gib: int,
        revision: str,
    ) -> imagebuilder.CfnImageRecipe:
        recipe = imagebuilder.CfnImageRecipe
        values = Stack.of(self).resolve(dict(arguments))
        texts = [part.text if isinstance(part, ComponentDocument) else part for part in components]
        identity = json.dumps([parent_image, volume_gib, texts, values, revision])
        return recipe(
            self,
            "Recipe",
            name=self._name,
            version=version_of(identity),
            parent_image=parent_image,
            components=[self._part(part, arguments) for part in components],
            block_device_mappings=[
                recipe.InstanceBlockDeviceMappingProperty(
                    device_name=ROOT_DEVICE,
                    ebs=recipe.EbsInstanceBlockDeviceSpecificationProperty(
                        volume_size=volume_gib, volume_type="gp3", encrypted=True, delete_on_termination=True
                    ),
                )
            ],
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

    def _expire(self, recipe: imagebuilder.CfnImageRecipe, role: iam.IRole, keep: int) -> None:
        """Delete the AMIs and snapshots of old builds, or each new recipe would leave one."""
        policy = imagebuilder.CfnLifecyclePolicy
        policy(
            self,
            "Lifecycle",
            name=self._name,
            execution_role=role.role_arn,
            resource_type="AMI_IMAGE",
            resource_selection=policy.ResourceSelectionProperty(
                recipes=[policy.RecipeSelectionProperty(name=self._name, semantic_version="1.x.x")]
            ),
            policy_details=[
                policy.PolicyDetailProperty(
                    action=policy.ActionProperty(
                        type="DELETE",
                        include_resources=policy.IncludeResourcesProperty(amis=True, snapshots=True),
                    ),
                    filter=policy.FilterProperty(type="COUNT", value=keep),
                    exclusion_rules=policy.ExclusionRulesProperty(
                        tag_map={VERSION_TAG: recipe.version},
                        amis=policy.AmiExclusionRulesProperty(
                            last_launched=policy.LastLaunchedProperty(unit="DAYS", value=30)
                        ),
                    ),
                )
            ],
        ).add_resource_dependency(recipe)

    def _own_logs(self, retention_days: int, destroy: bool) -> None:
        """Make the log groups before Image Builder does, whose own keep everything for ever.

        Source of the names: https://docs.aws.amazon.com/imagebuilder/latest/userguide/monitor-cwlogs.html
        """
        prefix = "/aws/imagebuilder"
        groups = {
            "ImageLogs": (self._image, f"{prefix}/{self._name}"),
            "PipelineLogs": (self.pipeline, f"{prefix}/pipeline/{self._name}"),
        }
        for construct_id, (writer, name) in groups.items():
            group = OwnedLogGroup(
                self, construct_id, log_group_name=name, retention_days=retention_days, destroy=destroy
            )
            writer.node.add_dependency(group)
