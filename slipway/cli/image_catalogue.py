"""`slipway image`, on images that are built: list them, choose one, copy one to further regions, remove them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from slipway.cli import image_reports
from slipway.cli.configuration import AsJson, Assignments, EnvironmentName
from slipway.cli.image import INTERRUPTED, ImageReference, images, told
from slipway.cli.output import data, talk
from slipway.cli.world import World
from slipway.domain.errors import RefusedError
from slipway.engine.images import choosing, deleting, distributing, finding, listing


def add_to(app: typer.Typer) -> None:
    """Add these commands to the group `image`."""
    app.command("list")(list_command)
    app.command("use")(use_command)
    app.command("distribute")(distribute_command)
    app.command("delete")(delete_command)


def list_command(
    context: typer.Context, environment: EnvironmentName, assignments: Assignments = None, as_json: AsJson = False
) -> None:
    """List the images of an environment: state, age, what they were built on, AMIs, and which one the fleet launches.

    Example: slipway image list production
    """
    world: World = context.obj
    with images(context, environment, assignments, as_json=as_json) as (site, _):
        found = listing.entries(site)
        lacks_stack = not found and not finding.is_stack_there(site)
        begin = finding.deploy_command(site) if lacks_stack else f"slipway image build {environment}"
    if as_json:
        data(image_reports.entries_as_json(found))
    else:
        data(image_reports.entries_in_words(found, environment, world.now(), begin))


def use_command(
    context: typer.Context,
    environment: EnvironmentName,
    reference: ImageReference,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Choose the image that the next deployment launches, for example the one before.

    The choice holds until something else is built, or latest ends it: then it is the newest of the deployed recipe.

    Example: slipway image use production 1.297482.88210943/1

    Example: slipway image use production latest
    """
    with images(context, environment, assignments, as_json=as_json) as (site, _):
        choice = choosing.use(site, reference)
    data(image_reports.choice_as_json(choice) if as_json else image_reports.choice_in_words(choice, environment))


def distribute_command(
    context: typer.Context,
    environment: EnvironmentName,
    regions: Annotated[
        list[str], typer.Option("--to", metavar="REGION", help="Region to copy to; may be given several times.")
    ],
    reference: Annotated[
        str, typer.Argument(metavar="IMAGE", help="The image to copy; latest if left out.", show_default=False)
    ] = finding.LATEST,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Copy a finished image to further regions without building it again; name it there if nothing is named yet.

    Example: slipway image distribute production --to eu-central-1 --to eu-west-1
    """
    with images(context, environment, assignments, as_json=as_json) as (site, _):
        place = finding.workshop(site)
        image = finding.the_image(site, reference)
        (before,) = finding.with_what_is_there(site, [image])
        distributing.distribute(site, image, regions, place)
        image = finding.the_image(site, image.label)
        distributing.tell_unnamed(site, image, regions, place)
    if as_json:
        data(image_reports.copies_as_json(before, image))
    else:
        data(image_reports.copies_in_words(before, image, regions))


def delete_command(
    context: typer.Context,
    environment: EnvironmentName,
    reference: Annotated[str, typer.Argument(metavar="IMAGE", help="The image to remove.", show_default=False)] = "",
    everything: Annotated[
        bool,
        typer.Option("--all", help="Remove all images and end builds that run; refused while a fleet launches one."),
    ] = False,
    even_in_use: Annotated[
        bool, typer.Option("--even-in-use", help="With --all: also while the fleet launches one of them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed where there is no terminal.")] = False,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Remove an image: its AMIs and snapshots in every region, and what names them. The one in use stays.

    Example: slipway image delete staging 1.297482.88210943/1

    Example: slipway image delete staging --all --yes
    """
    if bool(reference) == everything:
        raise typer.BadParameter("give either IMAGE or --all")
    if even_in_use and not everything:
        raise typer.BadParameter("--even-in-use goes with --all only")
    with told(environment, as_json=as_json):
        _ask(f"all images of environment {environment}" if everything else f"image {reference}", yes=yes)
    with images(context, environment, assignments, as_json=as_json) as (site, _):
        if everything:
            removal = deleting.delete_all(site, even_in_use=even_in_use)
        else:
            removal = deleting.delete_one(site, reference)
    data(image_reports.removal_as_json(removal) if as_json else image_reports.removal_in_words(removal))
    if removal.left:
        talk("error: something is left\n  next: mend what stands there, and run the same command again")
        raise typer.Exit(1)


def _ask(what: str, *, yes: bool) -> None:
    """Ask on a terminal whether something is to be removed.

    :raises RefusedError: if the answer is no, or where nobody can be asked and `--yes` does not say so either.
    :raises typer.Exit: if there is an interruption instead of an answer.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise RefusedError("not-confirmed", f"{what} would be removed for good, and nobody can be asked", "add --yes")
    try:
        is_wanted = typer.confirm(f"Remove {what} for good?", err=True)
    except typer.Abort as interruption:
        talk("\ninterrupted; nothing was removed")
        raise typer.Exit(INTERRUPTED) from interruption
    if not is_wanted:
        raise RefusedError("not-confirmed", "the answer was no, so nothing was removed", f"answer y to remove {what}")
