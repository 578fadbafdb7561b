"""End a build, and remove what it has made so far, which Image Builder leaves behind."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.domain.errors import SlipwayError
from slipway.domain.images import Image
from slipway.engine.images import listing
from slipway.engine.images.events import Note
from slipway.engine.images.following import pauses
from slipway.engine.images.ports import Site

LONGEST_END_SECONDS = 600.0
"""How long Image Builder may take to end a build; its machine is terminated meanwhile."""


def end(site: Site, image: Image) -> Image:
    """Cancel a build, wait until it has ended, and remove its AMIs; return the image as it is then.

    :raises SlipwayError: if it does not end, or AWS refuses.
    """
    site.builder.cancel(image.arn)
    began = site.clock.seconds()
    for pause in pauses():
        image = site.builder.image(image.arn)
        if image.status.is_over:
            break
        if site.clock.seconds() - began > LONGEST_END_SECONDS:
            raise SlipwayError(
                "cancel-timeout",
                f"build {image.label} was cancelled {LONGEST_END_SECONDS / 60:g} minutes ago, and is {image.status}",
                f"slipway image status {site.deployment.environment} {image.label}",
            )
        site.clock.sleep(pause)
    if image.status != "AVAILABLE":
        remove_leftovers(site, [image])
    return image


def remove_leftovers(site: Site, images: Sequence[Image]) -> None:
    """Remove the AMIs of builds that came to nothing, with their snapshots, in every region.

    One that is in use stays: what fails in one region may have been named for the fleet in another before.
    """
    labels = {image.arn: image.label for image in images if image.status in ("CANCELLED", "FAILED")}
    regions = site.deployment.regions if labels else ()
    made = [ami for region in regions for ami in site.machines.built_amis(region, site.deployment.image_arns)]
    left = [ami for ami in made if ami.image_arn in labels]
    in_use = listing.amis_in_use(site) if left else {}
    for ami in left:
        what = f"{ami.region}: {ami.identifier}, of build {labels[ami.image_arn]},"
        if ami.identifier in in_use.get(ami.region, ()):
            site.say(Note(f"{what} stays: a fleet launches it, or would with its next deployment"))
        else:
            site.machines.remove(ami.region, ami.identifier)
            site.say(Note(f"{what} was removed"))
