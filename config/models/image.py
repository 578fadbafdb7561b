"""Settings of the image stack: the instance image and how it is built."""

from typing import Annotated

from pydantic import AfterValidator, Field

from config.models.base import AmiId, Architecture, Cron, Days, InstanceType, Model
from config.models.forms import Form
from contract import versions


def only(offered: str, brings_it: str) -> AfterValidator:
    """Return the check that a version is the one that there is.

    :param brings_it: what brings it, to say why there is no other.
    """

    def check(version: str) -> str:
        if version != offered:
            raise ValueError(
                f"{version} cannot be built: {brings_it} brings {offered}, and the proxy is tested with nothing else; "
                f"write {offered}, or name an image of your own in image.ami_id"
            )
        return version

    return AfterValidator(check)


PythonVersion = Annotated[str, only(versions.PYTHON, "Ubuntu 24.04, the base image,")]
MitmproxyVersion = Annotated[str, only(versions.MITMPROXY, "ami_build/proxy/requirements/proxy.txt")]

READABLE_PARAMETERS = ("/aws/service/", "/imagebuilder/")
"""Where the parameters stand that Image Builder reads, by a role that is its own and nobody's to change.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/security-iam-awsmanpol.html
"""


def _check_readable(name: str) -> None:
    if not name.startswith(READABLE_PARAMETERS):
        raise ValueError(
            f"cannot be read: Image Builder's own role reads parameters below {' and '.join(READABLE_PARAMETERS)} "
            "only; name one there, for example a parameter of yours below /imagebuilder/"
        )


ParameterTemplate = Annotated[
    str,
    Form(
        "the name of an SSM parameter, perhaps with {architecture} in it",
        r"(/([A-Za-z0-9_.-]|\{architecture\})+)+",
        "/imagebuilder/{architecture}/ami-id",
        1011,
        check=_check_readable,
    ),
]

IN_EACH_REGION = "{region}"
"""Stands in a component's ARN for the region of the stack."""

_ARN = r"arn:[a-z-]+:imagebuilder:([a-z0-9-]+|\{region\}):(aws|\d{12}):component/[a-z0-9-]+/[0-9x.]+(/\d+)?"
_FILE = r"([A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.ya?ml"
Component = Annotated[
    str,
    Form(
        "the ARN of a component of Image Builder, or the path of a component's YAML file below the project's folder",
        rf"{_ARN}|{_FILE}",
        "arn:aws:imagebuilder:{region}:aws:component/amazon-cloudwatch-agent-linux/x.x.x",
        1024,
    ),
]


Snapshot = Annotated[
    str,
    Form("a day and a time in UTC, such as 20261101T000000Z", r"20\d{6}T\d{6}Z", "20261101T000000Z", 16),
]
"""Source: https://snapshot.ubuntu.com"""


class Image(Model):
    """The machine image of the proxy instances."""

    ami_id: AmiId | None = None
    """An existing image to use, and build none; none to build one. An image stands in one region: with several, name
    one for each in `regional.<region>.image.ami_id`."""

    architecture: Architecture = Architecture.ARM64
    """Processor architecture of image, build instance and fleet."""

    base_image_parameter: ParameterTemplate = (
        "/aws/service/canonical/ubuntu/server/24.04/stable/current/{architecture}/hvm/ebs-gp3/ami-id"
    )
    """SSM parameter with the base image, a public one below `/aws/service/` or one of yours below `/imagebuilder/`,
    since Image Builder reads no others; `{architecture}` becomes `arm64` or `amd64`."""

    python_version: PythonVersion = versions.PYTHON
    """Version of Python that the proxy runs on."""

    mitmproxy_version: MitmproxyVersion = versions.MITMPROXY
    """Version of mitmproxy, the one in the locked requirements."""

    package_snapshot: Snapshot | None = None
    """Day and time of Ubuntu's package archive to build from, in UTC, so that another build gets the same packages;
    none for the newest packages, with their security updates."""

    extra_components: tuple[Component, ...] = Field(default=(), max_length=11)
    """Components to add to those of the proxy, before the two that list all that is installed and clean up: ARNs, in
    which `{region}` becomes the stack's region, or YAML files below the project's folder. A recipe takes 20 in all."""

    build_instance_type: InstanceType = "t4g.medium"
    """EC2 instance type that builds and tests the image."""

    revision: str = Field(default="", max_length=64)
    """Any text; another one makes another version of the recipe, to be built before the next deployment. For an image
    of the same recipe with the newest packages, `slipway image build --force` does."""

    schedule: Cron | None = None
    """When to look for a newer base image, in UTC, and to build on it if there is one, for its security updates; none
    for never. What was built and tested is rolled out by the next deployment."""

    keep_images: int = Field(default=3, ge=2, le=100)
    """Number of built images that are kept; older ones are deleted, never the one in use."""

    volume_gib: int = Field(default=12, ge=8, le=100)
    """Size of the root volume, in GiB."""

    build_timeout_minutes: int = Field(default=90, ge=60, le=1440)
    """Time, in minutes, that the tests of a build may take."""

    log_retention_days: Days = 30
    """Age, in days, at which logs of builds may be deleted; CloudWatch Logs rounds it up to what it offers."""
