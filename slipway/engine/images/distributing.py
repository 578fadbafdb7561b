"""Copy a finished image to further regions, without building it again, and name it there if nothing is named yet."""

from __future__ import annotations

import difflib
import secrets
from collections.abc import Sequence

from config.models.regions import REGIONS, partition_of
from slipway.domain.errors import MissingError, RefusedError, SlipwayError
from slipway.domain.images import Image, Status, Workshop
from slipway.engine.images import causes, finding
from slipway.engine.images.events import Note
from slipway.engine.images.following import follow
from slipway.engine.images.ports import Site

TIMEOUT_SECONDS = 7200.0
"""Copying an image between continents takes some minutes; Image Builder gives up by itself much later."""


def distribute(site: Site, image: Image, regions: Sequence[str], place: Workshop) -> Image:
    """Copy an image to those of the regions that lack it, wait, and return the image as the copying left it.

    It is named for the fleet in a region only if it is of the deployed recipe and nothing is named there: to put an
    image in another's place is a choice, see :mod:`slipway.engine.images.choosing`.

    :raises RefusedError: if that cannot be, whoever asks.
    :raises SlipwayError: if it fails.
    """
    (image,) = finding.with_what_is_there(site, [image])
    _check(site, image, regions, place)
    wanted = [region for region in dict.fromkeys(regions) if region not in image.amis]
    if not wanted:
        return image
    name = _own_name(site, image)
    parameters = {region: _parameter(site, image, region, place) for region in wanted}
    try:
        arn = site.builder.distribute(
            image,
            name=name,
            pipeline_arn=place.pipeline_arn,
            parameters=parameters,
            role=place.distribution_role,
        )
        copied = follow(site, arn, timeout_seconds=TIMEOUT_SECONDS)
    finally:
        site.builder.forget_distributions(name)
    if copied.status is not Status.AVAILABLE:
        cause = causes.cause_of(site, copied, place)
        raise SlipwayError("distribution-failed", f"image {image.label} was not distributed: {cause}", cause.next_step)
    return copied


def names(site: Site) -> str:
    """Return how the name of each distribution configuration begins that is made for one distribution."""
    return f"{site.deployment.image_name}-further-"


def _own_name(site: Site, image: Image) -> str:
    """Return a name that no other distribution has, at the same time or left behind by one that was interrupted."""
    end = f"{image.version.replace('.', '-')}-{image.build}-{secrets.token_hex(4)}"
    return f"{names(site)}{end}"


def _parameter(site: Site, image: Image, region: str, place: Workshop) -> str:
    """Return the parameter that is to name the copy in a region; empty where it is not for the copying to do that."""
    is_free = image.version == place.recipe_version and site.parameters.read(region, place.parameter) is None
    return place.parameter if is_free else ""


def tell_unnamed(site: Site, image: Image, regions: Sequence[str], place: Workshop) -> None:
    """Tell in which regions the fleet launches another image than the one that was copied there."""
    use = f"slipway image use {site.deployment.environment} {image.label}"
    for region in dict.fromkeys(regions):
        now = site.parameters.read(region, place.parameter)
        if now is None or now.ami != image.amis[region]:
            named = now.ami if now else "nothing yet"
            site.say(Note(f"{region}: {place.parameter} names {named}, as before; `{use}` chooses the copy"))


def _check(site: Site, image: Image, regions: Sequence[str], place: Workshop) -> None:
    environment = site.deployment.environment
    home = site.deployment.home
    for region in regions:
        if region not in REGIONS and region not in site.deployment.regions:
            near = "".join(f" {name}" for name in difflib.get_close_matches(region, REGIONS, 1))
            raise RefusedError(
                "region-unknown",
                f'"{region}" is no region of AWS that is known here',
                f"name one, such as{near or f' {home}'}",
            )
        if partition_of(region) != partition_of(home):
            raise RefusedError(
                "other-partition",
                f"{region} is in partition {partition_of(region)} and {home} in {partition_of(home)}; no image gets "
                "from one to another",
                f"name a region of partition {partition_of(home)}",
            )
    finding.check_finished(site, image, finding.images_of(site))
    if home not in image.amis:
        raise MissingError(
            "image-not-in-region",
            f"image {image.label} has no AMI in {home} any more that could be copied",
            f"slipway image list {environment} shows which ones do; slipway image build {environment} builds it anew",
        )
    if not place.distribution_role:
        raise RefusedError(
            "no-distribution-role",
            f"stack {site.deployment.image_stack} has no role by which Image Builder may copy an image",
            f"{finding.deploy_command(site)}, then again",
        )
