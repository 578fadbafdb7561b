"""Names that the machine image's builders, its readers and the fleet have in common.

Image Builder's own role may write SSM parameters below `/imagebuilder` only, which is why the parameter that names an
image stands there and not beside those of the deployment.
Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/security-iam-awsmanpol.html
"""

PARAMETERS_ROOT = "/imagebuilder"

RECIPE_VERSION_TAG = "slipway:image-version"
"""Tag of an image with the version of the recipe that it was built from, which is made of all that went in."""

BASE_IMAGE_TAG = "slipway:base-image"
"""Tag of an image with the id of the AMI that it was built on."""

BUILD_TAG = "slipway:build-of"
"""Tag of an image that was built, with the name of its recipe: the lifecycle policy counts these, and no copies."""

COPY_TAG = "slipway:copy-of"
"""Tag of an image that only copied another one to further regions, with that one's version and build."""

BILL_TAG = "slipway:bill-of-materials"
"""Tag of an image with the SHA-256 of its bill of materials, by which that is found (see :func:`bill_key`)."""

BILL_LOG_LINE = "bill of materials: "
"""What stands before that hash in the log of a build."""


def parameters_prefix(project: str, environment: str) -> str:
    """Return the path below which all images of a deployment are named, without a trailing slash."""
    return f"{PARAMETERS_ROOT}/{project}/{environment}"


def parameter(project: str, environment: str, version: str) -> str:
    """Return the name of the SSM parameter with the id of the newest AMI of a recipe, in each region of a deployment.

    :param version: the recipe's, for example `1.297482.88210943`.
    """
    return f"{parameters_prefix(project, environment)}/{version}/ami-id"


def bill_key(prefix: str, digest: str) -> str:
    """Return the key of a bill of materials in the artifacts bucket.

    :param prefix: key prefix of all bills, without a trailing slash.
    :param digest: SHA-256 of the document, in hex.
    """
    return f"{prefix}/{digest}.cdx.json"
