"""Settings of the image stack: the instance image and how it is built."""

from typing import Annotated

from pydantic import Field

from config.models.base import AmiId, Architecture, Days, InstanceType, Model
from config.models.forms import Form

ParameterTemplate = Annotated[
    str,
    Form(
        "the name of an SSM parameter, perhaps with {architecture} in it",
        r"(/([A-Za-z0-9_.-]|\{architecture\})+)+",
        "/images/{architecture}/ami-id",
        1011,
    ),
]


class Image(Model):
    """The machine image of the proxy instances."""

    ami_id: AmiId | None = None
    """An existing image to use; none to build one."""

    architecture: Architecture = Architecture.ARM64
    """Processor architecture of image, build instance and fleet."""

    base_image_parameter: ParameterTemplate = (
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/{architecture}/hvm/ebs-gp3/ami-id"
    )
    """Public SSM parameter with the base image; `{architecture}` becomes `arm64` or `amd64`."""

    build_instance_type: InstanceType = "t4g.medium"
    """EC2 instance type that builds and tests the image."""

    volume_gib: int = Field(default=12, ge=8, le=100)
    """Size of the root volume, in GiB."""

    build_timeout_minutes: int = Field(default=90, ge=60, le=1440)
    """Time, in minutes, that the tests of a build may take."""

    log_retention_days: Days = 30
    """Age, in days, at which logs of builds may be deleted; CloudWatch Logs rounds it up to what it offers."""
