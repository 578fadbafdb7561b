"""What whoever types `slipway image` needs: to build, follow, choose, copy and remove the images of one deployment.

The identity stack calls it for the role that deploys. docs/reference/image-command.md says the same in words; a test
compares it with the calls that the command makes.

Source of what each action can be bounded to: the Service Authorization Reference, for example
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2imagebuilder.html
"""

from collections.abc import Sequence

from constructs_lib.access import NarrowRole
from contract import images
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import PlatformStack

IMAGE = "proxy"
"""What the image is called after the deployment's own name."""

ANY_REGION = "an image can be copied to any region, where its AMI and the parameter that names it stand as well"


def allow_images(role: NarrowRole, stack: PlatformStack, regions: Sequence[str]) -> None:
    """Let a role do all that `slipway image` does with the images of a deployment.

    :param stack: of the region in which images are built.
    :param regions: all regions of the deployment.
    """
    _find(role, stack, regions)
    _build(role, stack)
    _name(role, stack)
    _remove(role, stack)
    _read_logs(role, stack)


def _find(role: NarrowRole, stack: PlatformStack, regions: Sequence[str]) -> None:
    stacks = f"{stack.account}:stack/{stack.names.prefix}-*/*"
    role.allow(
        "FindStacks",
        "cloudformation:DescribeStacks",
        on=[f"arn:{stack.partition}:cloudformation:{region}:{stacks}" for region in regions],
        wildcard_reason="CloudFormation makes the ids of the deployment's own stacks",
    )
    role.allow(
        "FindImages",
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeImages",
        "ec2:DescribeLaunchTemplateVersions",
        "imagebuilder:ListDistributionConfigurations",
        "imagebuilder:ListImageBuildVersions",
        on=["*"],
        wildcard_reason="AWS lets these lists be allowed as a whole only",
    )


def _build(role: NarrowRole, stack: PlatformStack) -> None:
    """Allow what Image Builder does with this recipe's images, and to lend it the role by which it copies them."""
    name = stack.names.resource(IMAGE)
    builder = f"arn:{stack.partition}:imagebuilder:{stack.region}:{stack.account}"
    role.allow(
        "StartBuilds",
        "imagebuilder:GetImagePipeline",
        "imagebuilder:StartImagePipelineExecution",
        on=[f"{builder}:image-pipeline/{name}"],
    )
    role.allow(
        "FollowBuilds",
        "imagebuilder:CancelImageCreation",
        "imagebuilder:DeleteImage",
        "imagebuilder:DistributeImage",
        "imagebuilder:GetImage",
        "imagebuilder:ListWorkflowExecutions",
        "imagebuilder:ListWorkflowStepExecutions",
        "imagebuilder:RetryImage",
        "imagebuilder:TagResource",
        on=[f"{builder}:image/{name}/*", f"{builder}:workflow-execution/*"],
        wildcard_reason="each build has a version and a number, and its workflows have ids that Image Builder makes",
    )
    role.allow(
        "CopyImages",
        "imagebuilder:CreateDistributionConfiguration",
        "imagebuilder:DeleteDistributionConfiguration",
        "imagebuilder:DistributeImage",
        "imagebuilder:GetDistributionConfiguration",
        on=[f"{builder}:distribution-configuration/{each}" for each in (name, f"{name}-further-*")],
        wildcard_reason="each distribution has a configuration of its own",
    )
    path = stack.deployment.role_path or "/"
    role.allow(
        "LendCopyingRole",
        "iam:PassRole",
        on=[f"arn:{stack.partition}:iam::{stack.account}:role{path}{stack.names.role('image-distribution')}"],
        conditions={"StringEquals": {"iam:PassedToService": "imagebuilder.amazonaws.com"}},
    )


def _name(role: NarrowRole, stack: PlatformStack) -> None:
    """Allow to read the base image's parameter, and to write those that name images of this deployment."""
    own = images.parameters_prefix(stack.names.project, stack.names.environment)
    parameters = f"arn:{stack.partition}:ssm:*:{stack.account}:parameter"
    role.allow(
        "ReadBaseImage",
        "ssm:GetParameter",
        on=[
            f"arn:{stack.partition}:ssm:{stack.region}::parameter/aws/service/*",
            f"{parameters}{images.PARAMETERS_ROOT}/*",
        ],
        wildcard_reason="configuration names the base image's parameter, which stands below one of these and is public",
    )
    role.allow(
        "NameImages",
        "ssm:DeleteParameter",
        "ssm:GetParametersByPath",
        "ssm:LabelParameterVersion",
        "ssm:PutParameter",
        on=[f"{parameters}{own}", f"{parameters}{own}/*"],
        wildcard_reason=ANY_REGION,
    )


def _remove(role: NarrowRole, stack: PlatformStack) -> None:
    """Allow to remove the AMIs that Image Builder made of this recipe, and snapshots of its making."""
    made = f"arn:{stack.partition}:imagebuilder:{stack.region}:{stack.account}:image/{stack.names.resource(IMAGE)}/*"
    role.allow(
        "RemoveImages",
        "ec2:DeregisterImage",
        on=[f"arn:{stack.partition}:ec2:*::image/*"],
        conditions={"StringLike": {"aws:ResourceTag/Ec2ImageBuilderArn": made}},
        wildcard_reason=f"AMIs have no names; the condition holds for those of this recipe; {ANY_REGION}",
    )
    role.allow(
        "RemoveSnapshots",
        "ec2:DeleteSnapshot",
        on=[f"arn:{stack.partition}:ec2:*::snapshot/*"],
        conditions={"StringEquals": {"aws:ResourceTag/CreatedBy": "EC2 Image Builder"}},
        wildcard_reason=f"snapshots have no names; the condition holds for Image Builder's own; {ANY_REGION}",
    )


def _read_logs(role: NarrowRole, stack: PlatformStack) -> None:
    group = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:{stack.names.image_logs}"
    role.allow(
        "ReadBuildLogs",
        "logs:GetLogEvents",
        on=[f"{group}:log-stream:*"],
        wildcard_reason="each build has a stream of its own in their one group",
    )
    bucket = f"arn:{stack.partition}:s3:::{stack.names.bucket(layout.ARTIFACTS)}"
    role.allow("ListBuildLogs", "s3:ListBucket", on=[bucket])
    role.allow(
        "ReadBuildFiles",
        "s3:GetObject",
        on=[f"{bucket}/{prefix}/*" for prefix in (layout.IMAGE_LOGS_PREFIX, layout.IMAGE_BILLS_PREFIX)],
        wildcard_reason="each build has logs and a bill of materials of its own",
    )
