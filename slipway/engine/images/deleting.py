"""Remove images: builds, their AMIs and snapshots in every region, and the parameters that name them.

It may be done again and again, goes on where something cannot be removed, and tells all that is left.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from contract.images import COPY_TAG
from slipway.domain.errors import RefusedError, SlipwayError
from slipway.domain.images import Image
from slipway.engine.images import cancelling, distributing, finding, listing
from slipway.engine.images.events import Note
from slipway.engine.images.ports import Site


@dataclass
class Removal:
    """What was removed, and what could not be.

    :param amis: ids, each after its region and a space.
    :param parameters: names, each after its region and a space.
    :param left: what is left, and why.
    """

    images: list[str] = field(default_factory=list)
    amis: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to remove."""
        return not (self.images or self.amis or self.parameters or self.left)


def delete_one(site: Site, reference: str) -> Removal:
    """Remove one image.

    :raises MissingError: if there is none.
    :raises RefusedError: if a fleet launches it, or its next deployment would.
    """
    known = finding.images_of(site)
    image = finding.the_image(site, reference, known)
    (entry,) = listing.entries(site, [image])
    if entry.is_in_use:
        environment = site.deployment.environment
        raise RefusedError(
            "image-in-use",
            f"image {image.label} is in use: {_uses(entry)}",
            f"slipway image use {environment} IMAGE and a deployment put another in its place",
        )
    removal = Removal()
    _remove(site, image, removal)
    return removal


def delete_all(site: Site, *, even_in_use: bool = False) -> Removal:
    """Remove all images of a deployment, and those of its AMIs and parameters whose image is gone.

    :param even_in_use: also if a fleet launches one of them, which starts no machine any more then.
    :raises RefusedError: if a fleet does, and that is not wanted.
    """
    finding.check_account(site)
    removal = Removal()
    known = finding.images_of(site)
    if not even_in_use:
        _check_unused(site, known)
    for image in known:
        _remove(site, image, removal)
    for region in _regions(site, known):
        try:
            for ami in site.machines.built_amis(region, site.deployment.image_arns):
                _remove_ami(site, region, ami.identifier, removal)
            names = [each.name for each in site.parameters.below(region, site.deployment.parameters_prefix)]
            site.parameters.delete(region, names)
            removal.parameters += [f"{region} {name}" for name in names]
        except SlipwayError as error:
            removal.left.append(f"AMIs and parameters in {region}: {error.what}")
    try:
        site.builder.forget_distributions(distributing.names(site))
    except SlipwayError as error:
        removal.left.append(f"distribution configurations in {site.deployment.home}: {error.what}")
    return removal


def remove_lost_copies(site: Site, known: Sequence[Image]) -> None:
    """Remove the copies of images that are gone: no lifecycle policy counts them.

    Those in use stay, and so do those beyond the deployment's regions, which somebody made for something else.

    :param known: all images there are; a copy whose original is there is part of that.
    """
    lost = [image for image in known if COPY_TAG in image.tags and image.status.is_over]
    for entry in listing.entries(site, lost) if lost else ():
        if not entry.is_in_use and entry.image.amis.keys() <= set(site.deployment.regions):
            removal = Removal()
            _remove(site, entry.image, removal)
            copy = f"copy {entry.image.label} of image {entry.image.tags[COPY_TAG]}, which is gone,"
            left = f"could not be removed: {'; '.join(removal.left)}"
            site.say(Note(f"{copy} {left if removal.left else 'was removed'}"))


def _check_unused(site: Site, known: Sequence[Image]) -> None:
    for region, launched in listing.launched_amis(site).items():
        own = {image.amis.get(region) for image in known}
        if launched - own:
            own |= {ami.identifier for ami in site.machines.built_amis(region, site.deployment.image_arns)}
        if used := sorted(launched & own):
            environment = site.deployment.environment
            raise RefusedError(
                "image-in-use",
                f"the fleet in {region} launches {', '.join(used)}, so no image was removed; without it, the fleet "
                "could replace no machine",
                f"remove the fleet first (cdk destroy -c env={environment} --all), or add --even-in-use",
            )


def _regions(site: Site, known: Sequence[Image]) -> list[str]:
    """Return the regions of a deployment, and those that its images were copied to beside."""
    return list(dict.fromkeys([*site.deployment.regions, *(region for image in known for region in image.amis)]))


def _remove(site: Site, image: Image, removal: Removal) -> None:
    """Remove an image with all that hangs on it; what is left keeps its record, so that it is found again."""
    before = len(removal.left)
    try:
        if not image.status.is_over:
            cancelling.end(site, image)
        amis = _amis(site, image)
        for region, ami in sorted(amis):
            _remove_ami(site, region, ami, removal)
        if len(removal.left) == before:
            _unname(site, amis | set(image.amis.items()), removal)
            for arn in (*image.copies, image.arn):
                site.builder.delete(arn)
            removal.images.append(image.label)
    except SlipwayError as error:
        removal.left.append(f"image {image.label}: {error.what}")


def _amis(site: Site, image: Image) -> set[tuple[str, str]]:
    """Return region and id of each AMI of an image that there still is; who may remove them, may not others."""
    found = set()
    for region in _regions(site, [image]):
        known = list(site.machines.amis(region, [image.amis[region]] if region in image.amis else []))
        for arn in (image.arn, *image.copies):
            known += site.machines.built_amis(region, arn)
        found |= {(region, ami.identifier) for ami in known}
    return found


def _remove_ami(site: Site, region: str, ami: str, removal: Removal) -> None:
    try:
        site.machines.remove(region, ami)
        removal.amis.append(f"{region} {ami}")
    except SlipwayError as error:
        removal.left.append(f"AMI {ami} in {region}: {error.what}")


def _unname(site: Site, amis: Set[tuple[str, str]], removal: Removal) -> None:
    """Delete the parameters that name AMIs which are gone.

    :param amis: region and id of each.
    """
    for region in sorted({region for region, _ in amis}):
        below = site.parameters.below(region, site.deployment.parameters_prefix)
        names = [each.name for each in below if (region, each.ami) in amis]
        site.parameters.delete(region, names)
        removal.parameters += [f"{region} {name}" for name in names]


def _uses(entry: listing.Entry) -> str:
    uses = (
        ("the fleet launches it in", entry.launched_in),
        ("the next deployment would launch it in", entry.named_in),
    )
    return ", and ".join(f"{what} {', '.join(regions)}" for what, regions in uses if regions)
