"""Choose which image the fleet is to launch, for example the one before. It builds and launches nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slipway.domain.errors import MissingError
from slipway.domain.images import Image, Parameter, Status, Workshop
from slipway.engine.images import finding
from slipway.engine.images.ports import Site


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    :param recipe_version: version of the recipe that is deployed; a chosen image may be of another.
    :param before: what the parameter was before, by region; none where it did not exist.
    :param is_kept: whether the choice holds until it is ended, and not only until something is built.
    """

    image: Image
    parameter: str
    recipe_version: str
    before: Mapping[str, Parameter | None]
    is_kept: bool

    @property
    def ended(self) -> bool:
        """Whether an earlier choice ended with this."""
        return not self.is_kept and any(each is not None and each.is_chosen for each in self.before.values())

    @property
    def changes(self) -> bool:
        """Whether the next deployment launches another image than it would have."""
        return any(each is None or each.ami != self.image.amis[region] for region, each in self.before.items())


def use(site: Site, reference: str) -> Choice:
    """Let the parameters that the fleet's template reads name an image, in every region.

    :param reference: the image; `latest` ends an earlier choice, so that what is built counts again: then it is the
        newest image of the deployed recipe.
    :raises MissingError: if there is no such image, or a region lacks it.
    :raises RefusedError: if it has not been finished, or cannot be launched there.
    """
    place = finding.workshop(site)
    known = finding.images_of(site)
    is_latest = reference == finding.LATEST
    image = _newest(site, place, known) if is_latest else finding.the_image(site, reference, known)
    finding.check_finished(site, image, known)
    _check_launchable(site, image)
    before: dict[str, Parameter | None] = {}
    for region in site.deployment.built_for:
        now = before[region] = site.parameters.read(region, place.parameter)
        if now is None or (now.ami, now.is_chosen) != (image.amis[region], not is_latest):
            site.parameters.write(region, place.parameter, image.amis[region], is_chosen=not is_latest)
    return Choice(image, place.parameter, place.recipe_version, before, is_kept=not is_latest)


def _newest(site: Site, place: Workshop, known: Sequence[Image]) -> Image:
    """Return the newest finished image of the deployed recipe.

    :raises MissingError: if none is built; one of another recipe would be deployed as if it were of this one.
    """
    for image in known:
        if image.status is Status.AVAILABLE and image.version == place.recipe_version:
            return image
    raise MissingError(
        "image-unknown",
        f"there is no finished image of recipe {place.recipe_version}, which stack {site.deployment.image_stack} "
        "describes; an older one is chosen by its own name",
        f"slipway image build {site.deployment.environment}",
    )


def _check_launchable(site: Site, image: Image) -> None:
    environment, home = site.deployment.environment, site.deployment.home
    others = f"choose one of `slipway image list {environment}`"
    (there,) = finding.with_what_is_there(site, [image])
    for region in site.deployment.built_for:
        if region not in there.amis:
            gone = f"has lost AMI {image.amis[region]} of" if region in image.amis else "does not have"
            copy = f"slipway image distribute {environment} {image.label} --to {region}, or "
            raise MissingError(
                "image-not-in-region",
                f"{region} {gone} image {image.label}, so nothing was changed",
                f"{copy if home in there.amis else ''}{others}",
            )
        (ami,) = site.machines.amis(region, [image.amis[region]])
        finding.check_usable(site, ami, f"AMI {ami.identifier} of image {image.label}", others)
