"""Build an image, unless the very same is there: start, follow, try once more what fails by bad luck, and record it.

What is built has an identity: the recipe's version, made of all that goes in, and the image that it is built on.
Nothing here decides what goes in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contract import images
from slipway.domain.errors import SlipwayError
from slipway.domain.images import Failure, Identity, Image, Status, Workshop
from slipway.engine.images import cancelling, causes, deleting, finding, recording
from slipway.engine.images.causes import Cause
from slipway.engine.images.events import Began, Note
from slipway.engine.images.following import HungError, follow, typical_seconds
from slipway.engine.images.ports import Site


class BuildFailedError(SlipwayError):
    """A build failed.

    :param image: as it ended.
    :param cause: the first that is known.
    """

    def __init__(self, image: Image, cause: Cause) -> None:
        super().__init__("build-failed", f"build {image.label} failed: {cause}", cause.next_step)
        self.image = image
        self.cause = cause


@dataclass(frozen=True)
class Outcome:
    """How a build went.

    :param how: `built`, `followed` (somebody else had started it), `reused` (it was there) or `started` (it goes on).
    :param seconds: that it took from here; none where nothing was waited for.
    :param parameter: SSM parameter that names the image in each region.
    """

    image: Image
    how: str
    parameter: str
    seconds: float | None = None


def build(site: Site, *, force: bool, wait: bool, timeout_seconds: float) -> Outcome:
    """See that there is an image of what the deployed recipe says, on the newest base image.

    :param force: build even if the very same is there.
    :param wait: wait for the end; else only start.
    :raises BuildFailedError: if the build fails.
    :raises HungError: if it does not end in time; it is cancelled then, if it was started here.
    :raises SlipwayError: if something that it needs is missing, or AWS refuses.
    """
    began = site.clock.seconds()
    place = finding.workshop(site)
    identity = Identity(place.recipe_version, finding.base_image(site, place))
    known = finding.images_of(site)
    same = (image for image in known if image.identity == identity)
    if not force and (found := next((image for image in same if _is_finished(site, image)), None)):
        recording.record(site, found, place, anew=False)
        return Outcome(found, "reused", place.parameter)
    running = None if force else _under_way(known, identity)
    typical = typical_seconds(site, known)
    if running is None:
        _tidy(site, known)
        arn = _start(site, place, identity, typical)
    else:
        arn = running.arn
        site.say(Began(running.label, arn, typical))
    if not wait:
        return Outcome(site.builder.image(arn), "started", place.parameter)
    is_ours = running is None
    image = _brought_to_an_end(site, place, identity, arn, timeout_seconds, is_ours=is_ours)
    if running is not None and not running.base_image and _is_on_another(site, image, identity.base_image):
        is_ours, arn = True, _start(site, place, identity, typical)
        image = _brought_to_an_end(site, place, identity, arn, timeout_seconds, is_ours=is_ours)
    image = replace(image, tags={**image.tags, **identity.tags})
    recording.record(site, image, place, anew=True)
    return Outcome(image, "built" if is_ours else "followed", place.parameter, site.clock.seconds() - began)


def _start(site: Site, place: Workshop, identity: Identity, typical: float | None) -> str:
    """Start a build, and return its ARN."""
    tags = {**identity.tags, images.BUILD_TAG: site.deployment.image_name}
    arn = site.builder.start(place.pipeline_arn, tags)
    site.say(Began(label_of(arn), arn, typical))
    return arn


def _tidy(site: Site, made: Sequence[Image]) -> None:
    """Remove what nobody needs of images, by the way: what cannot be removed is told, and stops nothing."""
    try:
        cancelling.remove_leftovers(site, made)
        deleting.remove_lost_copies(site, made)
    except SlipwayError as error:
        again = f"slipway image cancel {site.deployment.environment} tries again"
        site.say(Note(f"what failed builds left could not be removed, {again}: {error.what}"))


def _under_way(known: Sequence[Image], identity: Identity) -> Image | None:
    """Return the running build of an identity, or one of its recipe that may be it.

    What the schedule started does not say what it is built on before it has an AMI: most likely the newest base image,
    since that is what the schedule waits for.
    """
    running = [image for image in known if not image.status.is_over and image.version == identity.recipe_version]
    same = (image for image in running if image.identity == identity)
    return next(same, next((image for image in running if not image.base_image), None))


def _is_on_another(site: Site, image: Image, base_image: str) -> bool:
    """Tell whether a finished build of the recipe is on another base image than the newest, and say so."""
    (image,) = finding.with_bases(site, [image])
    if image.base_image == base_image:
        return False
    found = image.base_image or "that EC2 does not know"
    site.say(Note(f"build {image.label} is on base image {found}, not on {base_image}: another is built"))
    return True


def label_of(arn: str) -> str:
    """Return version and build number of the build that has an ARN."""
    return "/".join(arn.split("/")[-2:])


def _is_finished(site: Site, image: Image) -> bool:
    """Tell whether an image can be launched where images are built; from there it can be copied anywhere."""
    home = site.deployment.home
    ami = image.amis.get(home)
    if image.status is not Status.AVAILABLE or ami is None:
        return False
    if any(found.is_usable for found in site.machines.amis(home, [ami])):
        return True
    site.say(Note(f"image {image.label} is there, but its AMI {ami} in {home} is not; it is built anew"))
    return False


def _brought_to_an_end(
    site: Site, place: Workshop, identity: Identity, arn: str, timeout_seconds: float, *, is_ours: bool
) -> Image:
    """Follow a build; one that failed by bad luck is tried once more.

    :param is_ours: whether it was started here, and so is cancelled where it takes too long.
    """
    deadline = site.clock.seconds() + timeout_seconds
    past: Failure | None = None
    for is_last in (False, True):
        try:
            image = follow(site, arn, timeout_seconds=max(deadline - site.clock.seconds(), 0.0), past=past)
        except HungError as hung:
            raise _hung(site, hung, timeout_seconds / 60, is_ours=is_ours) from hung
        if image.status is Status.AVAILABLE:
            return image
        cause = causes.cause_of(site, image, place)
        is_given_up = is_last or not cause.transient
        if is_ours and (is_given_up or not cause.can_go_on):
            _tidy(site, [image])
        if is_given_up:
            raise BuildFailedError(image, cause)
        site.say(Note(f"build {image.label} failed: {cause}\n{cause.transient}: it is tried once more"))
        if cause.can_go_on:
            site.builder.retry(arn)
            past = image.failure
        else:
            arn, is_ours, past = _start(site, place, identity, None), True, None
    raise AssertionError("the last attempt returns or raises")


def _hung(site: Site, hung: HungError, minutes: float, *, is_ours: bool) -> HungError:
    """Cancel a build that took too long, if it was started here; return what is to be said of it."""
    environment, label = site.deployment.environment, hung.image.label
    if is_ours:
        cancelling.end(site, hung.image)
        site.say(Note(f"build {label} was cancelled"))
        next_step = f"slipway image build {environment} --timeout MINUTES gives it longer"
    else:
        next_step = (
            f"it goes on, since it was not started here; slipway image status {environment} {label} --follow follows "
            f"it, slipway image cancel {environment} {label} ends it"
        )
    return HungError(hung.image, hung.where, minutes, next_step)
