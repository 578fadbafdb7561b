"""Find what a deployment's images hang on: the deployed image stack, the base image, and the image that was meant."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from contract import outputs
from contract.images import COPY_TAG
from slipway.domain.errors import MissingError, RefusedError
from slipway.domain.images import Ami, Identity, Image, Status, Workshop
from slipway.engine.images.ports import Site

LATEST = "latest"
_LISTED = 5
_OUTPUTS = (
    outputs.IMAGE_PIPELINE_ARN, outputs.IMAGE_VERSION, outputs.IMAGE_PARAMETER, outputs.BASE_IMAGE_PARAMETER,
    outputs.IMAGE_LOG_GROUP,
)  # fmt: skip


def check_account(site: Site) -> None:
    """Check that the credentials in use are those of the deployment's account.

    :raises RefusedError: if they are another's.
    """
    wanted = site.deployment.account
    if wanted is not None and (account := site.stacks.account()) != wanted:
        raise RefusedError(
            "wrong-account",
            f"environment {site.deployment.environment} belongs to account {wanted}, the credentials in use are of "
            f"{account}",
            f"use credentials of account {wanted}, for example by AWS_PROFILE",
        )


def workshop(site: Site) -> Workshop:
    """Return where the deployment's images are built.

    :raises RefusedError: if it builds none, or if the credentials in use are of another account.
    :raises MissingError: if the image stack is not deployed, or by an older version of this project.
    """
    deployment = site.deployment
    if not deployment.built_for:
        given = ", ".join(sorted(deployment.given_amis.values()))
        raise RefusedError(
            "nothing-to-build",
            f"environment {deployment.environment} uses existing images ({given}, image.ami_id), so none is built here",
            "deploy; or take image.ami_id out of the configuration to build an image",
        )
    check_account(site)
    found = site.stacks.outputs(deployment.home, deployment.image_stack)
    deploy = deploy_command(site)
    if found is None:
        raise MissingError(
            "image-stack-missing",
            f"there is no stack {deployment.image_stack} in {deployment.home}, which images are built from, so "
            f"environment {deployment.environment} has none",
            deploy,
        )
    if absent := [key for key in _OUTPUTS if key not in found]:
        raise MissingError(
            "image-stack-outdated",
            f"stack {deployment.image_stack} puts out no {', '.join(absent)}: it is of another version, still under "
            "way, or uses an existing image",
            f"deploy it anew: {deploy}",
        )
    return Workshop(
        pipeline_arn=found[outputs.IMAGE_PIPELINE_ARN],
        recipe_version=found[outputs.IMAGE_VERSION],
        parameter=found[outputs.IMAGE_PARAMETER],
        base_image_parameter=found[outputs.BASE_IMAGE_PARAMETER],
        log_group=found[outputs.IMAGE_LOG_GROUP],
        distribution_role=found.get(outputs.IMAGE_DISTRIBUTION_ROLE_ARN, ""),
    )


def is_stack_there(site: Site) -> bool:
    """Tell whether what images are built from is deployed."""
    return site.stacks.outputs(site.deployment.home, site.deployment.image_stack) is not None


def deploy_command(site: Site) -> str:
    """Return the command that deploys what images are built from."""
    return f"cdk deploy -c env={site.deployment.environment} {site.deployment.image_stack}"


def base_image(site: Site, place: Workshop) -> str:
    """Return the id of the AMI that the next image is built on.

    :raises MissingError: if the parameter or the AMI does not exist.
    :raises RefusedError: if the AMI cannot be what the image is built on.
    """
    home, name = site.deployment.home, place.base_image_parameter
    found = site.parameters.read(home, name)
    mend = (
        "set image.base_image_parameter to a parameter with an image of image.architecture, then deploy the image stack"
    )
    if found is None:
        raise MissingError(
            "base-image-unknown", f"there is no SSM parameter {name} in {home}, with the base image", mend
        )
    amis = site.machines.amis(home, [found.ami]) if re.fullmatch("ami-[0-9a-f]+", found.ami) else ()
    if not amis:
        raise MissingError(
            "base-image-unknown",
            f'SSM parameter {name} in {home} holds "{found.ami}", which is no image that can be used there',
            mend,
        )
    check_usable(site, amis[0], f"base image {found.ami}, of SSM parameter {name},", mend)
    return found.ami


def check_usable(site: Site, ami: Ami, what: str, mend: str) -> None:
    """Check that the deployment's machines can be launched from an AMI.

    :param what: what the AMI is, for messages.
    :raises RefusedError: if not.
    """
    wanted = site.deployment.architecture
    if ami.architecture != wanted:
        raise RefusedError(
            "wrong-architecture",
            f"{what} is for {ami.architecture}, and environment {site.deployment.environment} has {wanted} machines "
            "(image.architecture)",
            mend,
        )
    if not ami.is_usable:
        raise RefusedError("image-unusable", f"{what} is {ami.state} in {ami.region}, not available", mend)


def images_of(site: Site) -> list[Image]:
    """Return all builds of the deployment's image, newest first; each tells what it was built on, if EC2 knows it."""
    return with_bases(site, with_copies(site.builder.images(site.deployment.image_name)))


def with_bases(site: Site, images: Sequence[Image]) -> list[Image]:
    """Return images that say what they were built on, as far as EC2 knows it of those that did not."""
    home = site.deployment.home
    unsure = [image.amis[home] for image in images if not image.base_image and home in image.amis]
    amis = site.machines.amis(home, unsure) if unsure else ()
    sources = {ami.identifier: ami.source for ami in amis if ami.source}
    return [_with_base(image, sources.get(image.amis.get(home, ""), "")) for image in images]


def with_copies(images: Sequence[Image]) -> list[Image]:
    """Return images without those that are only copies of others, which have the copies' AMIs instead."""
    labels = {image.label for image in images}
    copies: dict[str, list[Image]] = {}
    for image in images:
        if (original := image.tags.get(COPY_TAG)) in labels and original is not None:
            copies.setdefault(original, []).append(image)
    ends = {copy.arn for found in copies.values() for copy in found}
    return [_joined(image, copies.get(image.label, ())) for image in images if image.arn not in ends]


def _joined(image: Image, copies: Sequence[Image]) -> Image:
    # Only what a region lacks is copied there, so the newest copy, which comes first, is what the region has.
    amis = dict(image.amis)
    for copy in reversed(copies):
        if copy.status is Status.AVAILABLE:
            amis |= copy.amis
    return dataclasses.replace(image, amis=amis, copies=tuple(copy.arn for copy in copies))


def _with_base(image: Image, base: str) -> Image:
    if not base or image.base_image:
        return image
    return dataclasses.replace(image, tags={**image.tags, **Identity(image.version, base).tags})


def with_what_is_there(site: Site, images: Sequence[Image]) -> list[Image]:
    """Return images with only those of their AMIs that EC2 has; Image Builder names those that were removed, too."""
    there = {
        region: {
            ami.identifier
            for ami in site.machines.amis(region, [image.amis[region] for image in images if region in image.amis])
        }
        for region in dict.fromkeys(region for image in images for region in image.amis)
    }
    return [
        dataclasses.replace(image, amis={region: ami for region, ami in image.amis.items() if ami in there[region]})
        for image in images
    ]


def check_finished(site: Site, image: Image, known: Sequence[Image]) -> None:
    """Check that an image passed its tests and is where it was to be; only then may a fleet launch it.

    :param known: all images there are, newest first, for the message.
    :raises RefusedError: if not.
    """
    if image.status is Status.AVAILABLE:
        return
    environment = site.deployment.environment
    reason = f" ({image.reason})" if image.reason else ""
    raise RefusedError(
        "image-unfinished",
        f"image {image.label} {image.status.in_words}{reason}, so it can neither be chosen nor copied, whatever AMIs "
        f"it has; {_listed(known)}",
        f"slipway image status {environment} {image.label} tells how it went; slipway image list {environment} shows "
        "all",
    )


def the_image(site: Site, reference: str, images: Sequence[Image] | None = None) -> Image:
    """Return the image that somebody means.

    :param reference: ARN of a build, `version/build`, id of an AMI, or `latest`, which is the newest finished one.
    :param images: all there are, newest first; they are asked for if left out.
    :raises MissingError: if there is none; the message says which there are.
    """
    known = images_of(site) if images is None else images
    if reference == LATEST:
        found = next((image for image in known if image.status == "AVAILABLE"), None)
    else:
        found = next((image for image in known if reference in names_of(image)), None)
    if found is None:
        environment = site.deployment.environment
        raise MissingError(
            "image-unknown",
            f'environment {environment} has no image "{reference}"; {_listed(known)}',
            f"slipway image list {environment}" if known else f"slipway image build {environment}",
        )
    return found


def newest(site: Site) -> str:
    """Return the label of the build that was started last, and a word that finds none where there is none."""
    return next((image.label for image in images_of(site)), LATEST)


def names_of(image: Image) -> Iterable[str]:
    """Return everything by which an image can be meant."""
    return image.arn, image.label, *image.amis.values()


def _listed(images: Sequence[Image]) -> str:
    """Return the newest images that can be launched, in words."""
    finished = [image.label for image in images if image.status is Status.AVAILABLE]
    if not finished:
        return "none is available" if images else "there is none yet"
    more = f", and {len(finished) - _LISTED} older" if len(finished) > _LISTED else ""
    return f"available: {', '.join(finished[:_LISTED])}{more}"
