"""The image stack: what machine images of the proxy instances are built with, from `ami_build`.

It stands in the home region only, and holds no image: see :mod:`constructs_lib.image`.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from aws_cdk import CfnOutput
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from config.models import Architecture, Image
from constructs_lib.access import ServiceRole
from constructs_lib.bundle import Bundle
from constructs_lib.image import (
    BuildMachine,
    ComponentArn,
    ComponentDocument,
    ComponentError,
    Destination,
    ImagePipeline,
)
from contract import images, outputs, versions
from contract.components import Stack
from contract.sources import IMAGE_SOURCES
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.network import BUILD_MACHINE, NetworkStack

TAKES_STOCK = "80"
"""Components from here on have to be the last: the bill of materials, and cleaning up."""
CANONICAL_ARCHITECTURES = {Architecture.ARM64: "arm64", Architecture.X86_64: "amd64"}


class ImageStack(PlatformStack):
    """The pipeline that builds the image for every region that has no image of its own.

    :param regions: those regions; with none of them there is nothing to build.
    :param network: where the build machine stands.
    :ivar parameter_name: name of the SSM parameter, in each of these regions, with the image to launch; none where
        nothing is built.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        image: Image,
        regions: Sequence[str],
        network: NetworkStack,
    ) -> None:
        super().__init__(scope, Stack.IMAGE, deployment=deployment, description="Machine image of the proxy platform")
        self.parameter_name: str | None = None
        if not regions:
            self.stand_for_others()
            return
        place = network.seen_by(self)
        built = self._pipeline(image, regions, place.build_subnet, place.security_group(BUILD_MACHINE))
        self.parameter_name = built.parameter_name
        for key, value in {
            outputs.IMAGE_PIPELINE_ARN: built.pipeline.ref,
            outputs.IMAGE_VERSION: built.version,
            outputs.IMAGE_PARAMETER: built.parameter_name,
            outputs.BASE_IMAGE_PARAMETER: base_image(image),
            outputs.IMAGE_LOG_GROUP: built.log_group_name,
            outputs.BILLS_OF_MATERIALS: self._bills,
            outputs.IMAGE_DISTRIBUTION_ROLE_ARN: self._distribution_role().role_arn,
        }.items():
            CfnOutput(self, key, value=value)

    @property
    def _bills(self) -> str:
        return f"s3://{self.names.bucket(layout.ARTIFACTS)}/{layout.IMAGE_BILLS_PREFIX}"

    def _pipeline(
        self, image: Image, regions: Sequence[str], subnet: ec2.ISubnet, security_group: ec2.ISecurityGroup
    ) -> ImagePipeline:
        sources = Bundle.collect(self.deployment.root, IMAGE_SOURCES)
        archive = sources.as_asset(self, "Sources")
        names = self.names
        return ImagePipeline(
            self,
            "Proxy",
            name=names.resource("proxy"),
            parameter=lambda version: images.parameter(names.project, names.environment, version),
            # Image Builder leaves what it built in its own region, whether it is wanted there or not.
            destinations=[Destination(region, region in regions) for region in dict.fromkeys([names.region, *regions])],
            components=self._components(image),
            arguments={
                "Architecture": image.architecture.value,
                "PackageSnapshot": image.package_snapshot or "none",
                "PythonVersion": image.python_version,
                "MitmproxyVersion": image.mitmproxy_version,
                "CloudWatchAgentVersion": versions.CLOUDWATCH_AGENT,
                "SourceBucket": archive.s3_bucket_name,
                "SourceKey": archive.s3_object_key,
                "BillsUri": self._bills,
            },
            parent_image=f"ssm:{base_image(image)}",
            revision=image.revision,
            schedule=image.schedule,
            machine=self._machine(image, subnet, security_group, archive),
            image_tags=self.all_tags,
            lifecycle_role=self._lifecycle_role(),
            volume_gib=image.volume_gib,
            timeout_minutes=image.build_timeout_minutes,
            log_retention_days=image.log_retention_days,
            destroy=self.deployment.destroy,
            keep=image.keep_images,
        )

    def _components(self, image: Image) -> list[ComponentDocument | ComponentArn]:
        """Return all components in order: the operator's before those that take stock and clean up after all others."""
        root = self.deployment.root
        ours = read_components(root / "ami_build" / "components")
        last = [document for document in ours if document.name >= TAKES_STOCK]
        extra = extra_components(image.extra_components, root=root, region=self.names.region)
        return [*ours[: len(ours) - len(last)], *extra, *last]

    def _machine(
        self, image: Image, subnet: ec2.ISubnet, security_group: ec2.ISecurityGroup, sources: assets.Asset
    ) -> BuildMachine:
        return BuildMachine(
            self,
            "Machine",
            name=self.names.resource("proxy"),
            instance_type=image.build_instance_type,
            instance_profile=self._build_profile(sources),
            subnet=subnet,
            security_group=security_group,
            machine_tags=self.all_tags,
            log_bucket_name=self.names.bucket(layout.ARTIFACTS),
            log_prefix=layout.IMAGE_LOGS_PREFIX,
        )

    def _build_profile(self, sources: assets.Asset) -> iam.CfnInstanceProfile:
        role = self._role("BuildRole", "image-build", "ec2.amazonaws.com", "Machine that builds the image")
        for policy in ("EC2InstanceProfileForImageBuilder", "AmazonSSMManagedInstanceCore"):
            role.allow_managed(
                policy,
                reason="Image Builder's documentation requires this policy; the machine lives for one build, and AWS "
                "adds to it what new versions of its agent need",
            )
        asset = f"arn:{self.partition}:s3:::{sources.s3_bucket_name}/{sources.s3_object_key}"
        role.allow("ReadSources", "s3:GetObject", on=[asset])
        artifacts = f"arn:{self.partition}:s3:::{self.names.bucket(layout.ARTIFACTS)}"
        role.allow(
            "WriteLogsAndBills",
            "s3:PutObject",
            on=[f"{artifacts}/{layout.IMAGE_LOGS_PREFIX}/*", f"{artifacts}/{layout.IMAGE_BILLS_PREFIX}/*"],
            wildcard_reason="Image Builder names a log by the build that it is of, and a bill of materials is named by "
            "its content",
        )
        profile = iam.CfnInstanceProfile(
            self,
            "BuildProfile",
            instance_profile_name=self.names.role("image-build"),
            path=self.deployment.role_path,
            roles=[role.role_name],
        )
        # The role's policy too has to be there before the first build starts.
        profile.node.add_dependency(role)
        return profile

    def _role(self, construct_id: str, short: str, service: str, description: str) -> ServiceRole:
        return ServiceRole(
            self,
            construct_id,
            service=service,
            role_name=self.names.role(short),
            path=self.deployment.role_path,
            description=description,
        )

    def _distribution_role(self) -> ServiceRole:
        """Return the role with which a finished image is copied to one more region; Image Builder's own cannot be lent.

        Source: https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_DistributeImage.html
        """
        role = self._role(
            "DistributionRole", "image-distribution", "imagebuilder.amazonaws.com", "Copies machine images to regions"
        )
        role.allow(
            "Look", "ec2:DescribeImages", on=["*"], wildcard_reason="AWS lets this action be allowed as a whole only"
        )
        role.allow(
            "Copy",
            "ec2:CopyImage",
            "ec2:CreateTags",
            on=[f"arn:{self.partition}:ec2:*::image/*", f"arn:{self.partition}:ec2:*::snapshot/*"],
            wildcard_reason="an AMI and its snapshots have no id before they are copied, nor is the region known",
        )
        prefix = images.parameters_prefix(self.names.project, self.names.environment)
        role.allow(
            "Announce",
            "ssm:PutParameter",
            on=[f"arn:{self.partition}:ssm:*:{self.account}:parameter{prefix}/*"],
            wildcard_reason="a version of the recipe has a parameter of its own, in each region",
        )
        return role

    def _lifecycle_role(self) -> ServiceRole:
        role = self._role(
            "LifecycleRole", "image-lifecycle", "imagebuilder.amazonaws.com", "Deletes old machine images"
        )
        role.allow_managed(
            "service-role/EC2ImageBuilderLifecycleExecutionPolicy",
            reason="AWS makes this policy for exactly this role, and its statements only reach what Image Builder made",
        )
        return role


def base_image(image: Image) -> str:
    """Return the name of the SSM parameter with the id of the AMI that images are built on."""
    return image.base_image_parameter.format(architecture=CANONICAL_ARCHITECTURES[image.architecture])


def extra_components(chosen: Iterable[str], *, root: Path, region: str) -> Iterator[ComponentDocument | ComponentArn]:
    """Yield the components that configuration adds: those in files as documents, the others as their ARNs.

    :param chosen: ARNs and paths below the root.
    :param region: what `{region}` in an ARN becomes.
    :raises ComponentError: if a file is missing, or no component.
    """
    for name in chosen:
        if name.startswith("arn:"):
            yield name.replace("{region}", region)
        elif (root / name).is_file():
            yield ComponentDocument.read(root / name)
        else:
            raise ComponentError(f"image.extra_components: there is no file {name} below {root}; write its path there")


def read_components(folder: Path) -> list[ComponentDocument]:
    """Return the component documents of a folder, in the order of their names.

    :raises ComponentError: if there is none.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise ComponentError(f"{folder} holds no component (*.yaml), so there is nothing to build an image from")
    return [ComponentDocument.read(path) for path in paths]
