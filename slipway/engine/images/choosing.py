"""Choose which image the fleet is to launch, for example the one before. It builds and launches nothing."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.domain.errors import MissingError
from slipway.domain.images import Image
from slipway.engine.images import finding
from slipway.engine.images.ports import Site


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    :param before: AMI that the parameter named before, by region; empty for none.
    """

    image: Image
    parameter: str
    before: dict[str, str]


def use(site: Site, reference: str) -> Choice:
    """Let the parameters that the fleet's template reads name an image, in every region.

    :param reference: the image; `latest` ends an earlier choice, so that what is built counts again.
    :raises MissingError: if there is no such image, or a region lacks it.
    :raises RefusedError: if it cannot be launched there.
    """
    place = finding.workshop(site)
    image = finding.the_image(site, reference)
    environment = site.deployment.environment
    for region in site.deployment.built_for:
        amis = site.machines.amis(region, [image.amis[region]]) if region in image.amis else ()
        if not amis:
            gone = f"has lost AMI {image.amis[region]} of" if region in image.amis else "does not have"
            raise MissingError(
                "image-not-in-region",
                f"{region} {gone} image {image.label}, so nothing was changed",
                f"slipway image distribute {environment} {image.label} --to {region}, or choose one of "
                f"`slipway image list {environment}`",
            )
        what = f"AMI {amis[0].identifier} of image {image.label}"
        finding.check_usable(site, amis[0], what, f"choose one of `slipway image list {environment}`")
    before = {}
    for region in site.deployment.built_for:
        known = site.parameters.read(region, place.parameter)
        before[region] = known.ami if known else ""
        site.parameters.write(region, place.parameter, image.amis[region], is_chosen=reference != finding.LATEST)
    return Choice(image, place.parameter, before)
