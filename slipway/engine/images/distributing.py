"""Copy a finished image to further regions, without building it again, and name it there as the fleet looks for it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from config.models.regions import REGIONS, partition_of
from slipway.domain.errors import RefusedError, SlipwayError
from slipway.domain.images import Image, Status, Workshop
from slipway.engine.images import causes
from slipway.engine.images.following import follow
from slipway.engine.images.ports import Site

TIMEOUT_SECONDS = 7200.0
"""Copying an image between continents takes some minutes; Image Builder gives up by itself much later."""


def distribute(site: Site, image: Image, regions: Sequence[str], place: Workshop) -> Image:
    """Copy an image to those of the regions that lack it, wait, and return the image as the copying left it.

    :raises RefusedError: if that cannot be, whoever asks.
    :raises SlipwayError: if it fails.
    """
    _check(site, image, regions, place)
    wanted = [region for region in dict.fromkeys(regions) if region not in image.amis]
    if not wanted:
        return image
    name = f"{site.deployment.image_name}-further"
    site.builder.forget_distribution(name)
    arn = site.builder.distribute(
        image,
        name=name,
        pipeline_arn=place.pipeline_arn,
        regions=wanted,
        parameter=place.parameter,
        role=place.distribution_role,
    )
    try:
        copied = follow(site, arn, timeout_seconds=TIMEOUT_SECONDS)
    finally:
        site.builder.forget_distribution(name)
    if copied.status is not Status.AVAILABLE:
        cause = causes.cause_of(site, copied, place)
        raise SlipwayError("distribution-failed", f"image {image.label} was not distributed: {cause}", cause.next_step)
    return copied


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
    if image.status is not Status.AVAILABLE or home not in image.amis:
        raise RefusedError(
            "image-unfinished",
            f"image {image.label} is {image.status.lower()} and has no AMI in {home} to copy",
            f"slipway image list {environment} shows those that are finished",
        )
    if not place.distribution_role:
        raise RefusedError(
            "no-distribution-role",
            f"stack {site.deployment.image_stack} has no role by which Image Builder may copy an image",
            f"cdk deploy -c env={environment} {site.deployment.image_stack}, then again",
        )
