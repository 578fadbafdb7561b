"""Find the bill of materials of an image: by the image's tag, or else by the log of its build. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from config.models.base import LOCAL
from contract import outputs
from contract.images import BILL_TAG
from slipway.domain.errors import MissingError
from slipway.domain.images import Image
from slipway.engine.bills import reading
from slipway.engine.images import finding
from slipway.engine.images.ports import Site


@dataclass(frozen=True)
class Found:
    """The bill of an image, as it is kept."""

    image: Image
    document: bytes


def bill_of(site: Site, reference: str) -> Found:
    """Return the bill of an image.

    :param reference: what :func:`slipway.engine.images.finding.the_image` takes.
    :raises MissingError: if there is no such image, or no bill of it.
    :raises BillError: if what is kept is not what was made.
    """
    place = finding.workshop(site)
    image = finding.the_image(site, reference)
    digest = image.tags.get(BILL_TAG) or reading.digest_in(site.logs.lines(image, place.log_group))
    environment = site.deployment.environment
    again = (
        "the embedded AWS installs nothing, so no build there makes a bill; `sudo .venv/bin/python -m local.image run "
        "--keep FOLDER` does (docs/how-to/read-the-bill-of-materials.md)"
        if environment == LOCAL
        else f"build it anew: slipway image build {environment} --force"
    )
    if digest is None:
        raise MissingError(
            "bill-missing",
            f"image {image.label} of environment {environment} has no bill of materials: it has no tag {BILL_TAG}, "
            "and the log of its build names none",
            again,
        )
    uri = (site.stacks.outputs(site.deployment.home, site.deployment.image_stack) or {}).get(outputs.BILLS_OF_MATERIALS)
    if uri is None:
        raise MissingError(
            "image-stack-outdated",
            f"stack {site.deployment.image_stack} does not say where bills of materials are kept "
            f"({outputs.BILLS_OF_MATERIALS})",
            f"deploy it anew: cdk deploy -c env={environment} {site.deployment.image_stack}",
        )
    document = site.bills.read(uri, digest)
    if document is None:
        raise MissingError(
            "bill-missing", f"the bill of materials {digest} of image {image.label} is not below {uri}", again
        )
    if (found := reading.digest_of(document)) != digest:
        raise reading.BillError(
            "bill-altered",
            f"the bill of materials of image {image.label} is not the one that its build made: its SHA-256 is "
            f"{found}, not {digest}",
            again,
        )
    return Found(image, document)
