"""The image stack: the machine image of the proxy instances, built from `ami_build`, or an existing one."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from aws_cdk import CfnOutput
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from config.models import Architecture, Image
from constructs_lib.access import ServiceRole
from constructs_lib.bundle import Bundle
from constructs_lib.image import BuildMachine, BuiltImage, ComponentArn, ComponentDocument, ComponentError
from contract import outputs, parameters
from contract.components import Stack
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.network import BUILD_MACHINE, NetworkStack

CANONICAL_ARCHITECTURES = {Architecture.ARM64: "arm64", Architecture.X86_64: "amd64"}


class ImageStack(PlatformStack):
    """The image, and its id in an SSM parameter, which is all that the fleet knows of it.

    :param network: where the build machine stands.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        image: Image,
        network: NetworkStack,
    ) -> None:
        super().__init__(scope, Stack.IMAGE, deployment=deployment, description="Machine image of the proxy platform")
        image_id = image.ami_id
        if image_id is None:
            place = network.seen_by(self)
            built = self._build(image, place.build_subnet, place.security_group(BUILD_MACHINE))
            image_id = built.image_id
            CfnOutput(self, outputs.IMAGE_PIPELINE_ARN, value=built.pipeline.ref)
        self.publish("AmiIdParameter", parameters.AMI_ID, image_id, description="Machine image of the proxy instances")
        CfnOutput(self, outputs.AMI_ID, value=image_id)

    def _build(self, image: Image, subnet: ec2.ISubnet, security_group: ec2.ISecurityGroup) -> BuiltImage:
        sources = Bundle.collect(self.deployment.root, ["ami_build", "contract"]).as_asset(self, "Sources")
        architecture = CANONICAL_ARCHITECTURES[image.architecture]
        return BuiltImage(
            self,
            "Proxy",
            name=self.names.resource("proxy"),
            region=self.names.region,
            components=[
                *read_components(self.deployment.root / "ami_build" / "components"),
                *extra_components(image.extra_components, root=self.deployment.root, region=self.names.region),
            ],
            arguments={
                "SourceBucket": sources.s3_bucket_name,
                "SourceKey": sources.s3_object_key,
                "PythonVersion": image.python_version,
                "MitmproxyVersion": image.mitmproxy_version,
            },
            parent_image=f"ssm:{image.base_image_parameter.format(architecture=architecture)}",
            revision=image.revision,
            schedule=image.schedule,
            machine=self._machine(image, subnet, security_group, sources),
            image_tags=self.all_tags,
            lifecycle_role=self._lifecycle_role(),
            volume_gib=image.volume_gib,
            timeout_minutes=image.build_timeout_minutes,
            log_retention_days=image.log_retention_days,
            destroy=self.deployment.destroy,
            keep=image.keep_images,
        )

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
        logs = f"arn:{self.partition}:s3:::{self.names.bucket(layout.ARTIFACTS)}/{layout.IMAGE_LOGS_PREFIX}/*"
        role.allow(
            "WriteLogs",
            "s3:PutObject",
            on=[logs],
            wildcard_reason="Image Builder names a log by the build that it is of",
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

    def _lifecycle_role(self) -> ServiceRole:
        role = self._role(
            "LifecycleRole", "image-lifecycle", "imagebuilder.amazonaws.com", "Deletes old machine images"
        )
        role.allow_managed(
            "service-role/EC2ImageBuilderLifecycleExecutionPolicy",
            reason="AWS makes this policy for exactly this role, and its statements only reach what Image Builder made",
        )
        return role


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
