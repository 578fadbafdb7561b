"""Record a finished image: the SSM parameter that the fleet's template reads names its AMI, in every region.

Image Builder writes that itself when it distributes an image. Here it is seen to, so that a region that has been added
since, or a parameter that was lost, is no reason for another build.
"""

from __future__ import annotations

from dataclasses import replace

from contract.images import BILL_TAG
from slipway.domain.errors import RefusedError
from slipway.domain.images import Image, Workshop
from slipway.engine.bills.reading import digest_in
from slipway.engine.images import distributing, finding
from slipway.engine.images.events import Note
from slipway.engine.images.ports import Site


def record(site: Site, image: Image, place: Workshop, *, anew: bool) -> None:
    """See that every region of the deployment knows the image.

    :param anew: whether it has just been built; what somebody chose before goes on only if not.
    :raises SlipwayError: if a region lacks the image and cannot be given it.
    """
    (image,) = finding.with_what_is_there(site, [image])
    missing = [region for region in site.deployment.built_for if region not in image.amis]
    if missing:
        site.say(Note(f"image {image.label} is not yet in {', '.join(missing)}: it is copied there, without a build"))
        copied = distributing.distribute(site, image, missing, place)
        image = replace(image, amis={**copied.amis, **image.amis})
    for region, ami in image.amis.items():
        if region in site.deployment.built_for:
            _name(site, region, place.parameter, ami, anew=anew)
    if anew:
        _forget_lost(site)
    if BILL_TAG not in image.tags:
        _tag_with_bill(site, image, place)


def _name(site: Site, region: str, name: str, ami: str, *, anew: bool) -> None:
    now = site.parameters.read(region, name)
    if now is not None and now.ami == ami:
        return
    if now is not None and now.is_chosen and not anew:
        use = f"slipway image use {site.deployment.environment} latest"
        site.say(Note(f"{region}: {now.ami} stays, since it was chosen by `slipway image use`; `{use}` ends that"))
        return
    site.parameters.write(region, name, ami, is_chosen=False)
    site.say(Note(f"{region}: {name} is now {ami}"))


def _forget_lost(site: Site) -> None:
    """Delete the parameters whose AMI is gone: going back to their recipe fails at the parameter, not in the fleet."""
    for region in site.deployment.built_for:
        below = site.parameters.below(region, site.deployment.parameters_prefix)
        there = {ami.identifier for ami in site.machines.amis(region, [each.ami for each in below])}
        lost = [each for each in below if each.ami not in there]
        site.parameters.delete(region, [each.name for each in lost])
        for each in lost:
            site.say(Note(f"{region}: {each.name} was removed, since its AMI {each.ami} is gone"))


def _tag_with_bill(site: Site, image: Image, place: Workshop) -> None:
    """Tag an image with the hash of its bill of materials, by which that is found; the build wrote it to its log."""
    try:
        lines = site.logs.lines(image, place.log_group)
    except RefusedError as error:
        lines, why = [], error.what
    else:
        why = f"the end of its build's log in {place.log_group} names none"
    digest = digest_in(lines)
    if digest is None:
        site.say(Note(f"image {image.label} gets no tag {BILL_TAG}, by which its bill of materials is found: {why}"))
        return
    site.builder.tag(image.arn, {BILL_TAG: digest})
