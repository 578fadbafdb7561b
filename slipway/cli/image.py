"""`slipway image`: build the machine image of a deployment, follow a build, and end one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from config import ConfigurationError, load
from config.models.base import LOCAL
from slipway.cli import image_reports
from slipway.cli.configuration import OPTION, AsJson, Assignments, EnvironmentName
from slipway.cli.image_progress import Progress
from slipway.cli.output import data, talk
from slipway.cli.world import World
from slipway.domain.errors import RefusedError, SlipwayError
from slipway.engine.images import building, cancelling, causes, finding, following
from slipway.engine.images.events import Note
from slipway.engine.images.ports import Site

INTERRUPTED = 130

LOCAL_SHELL = 'eval "$(make -s env)", since the embedded AWS has credentials of its own'
"""What to do where the credentials in use are not those of the embedded AWS."""

_OTHER_CREDENTIALS = frozenset({"no-credentials", "credentials-unknown", "credentials-expired", "wrong-account"})

_LOOKED_AT = ("image.ami_id=", "image.build_timeout_minutes=")
"""Values of the image that a build takes from the configuration, and not from the deployed stack."""

BUILDING_MINUTES = 60
"""What a build may take beside its tests, in minutes."""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""The machine image of a deployment: build it, follow a build, choose, copy and remove images.

An image is built by EC2 Image Builder from what the image stack says, so deploy that first:
  cdk deploy -c env=ENVIRONMENT PROJECT-ENVIRONMENT-image
  slipway image build ENVIRONMENT
  cdk deploy -c env=ENVIRONMENT --all
IMAGE is the ARN of a build, its version and number as in 1.297482.88210943/2, the id of one of its AMIs, or latest.""",
)

ImageReference = Annotated[
    str,
    typer.Argument(
        metavar="IMAGE",
        help="ARN of a build, its version/number, the id of one of its AMIs, or latest.",
        show_default=False,
    ),
]


@contextmanager
def images(
    context: typer.Context, environment: str, assignments: list[str] | None, *, as_json: bool
) -> Iterator[tuple[Site, Progress]]:
    """Yield what a command works on, and what shows how it goes; an error becomes a document too if JSON is wanted."""
    world: World = context.obj
    with told(environment, as_json=as_json), Progress() as progress:
        configuration = load(
            environment, overrides=assignments or (), environ=world.environ, folder=world.environments, option=OPTION
        )
        yield world.image_site(configuration, progress.tell), progress


@contextmanager
def told(environment: str, *, as_json: bool) -> Iterator[None]:
    """Let an error become a document too where JSON is wanted; of the local environment it says how to reach that."""
    try:
        yield
    except (ConfigurationError, OSError) as error:
        if as_json:
            data(image_reports.error_as_json(error))
        raise
    except SlipwayError as error:
        is_elsewhere = environment == LOCAL and error.code in _OTHER_CREDENTIALS
        known = RefusedError(error.code, error.what, LOCAL_SHELL) if is_elsewhere else error
        if as_json:
            data(image_reports.error_as_json(known))
        raise known from error.__cause__


@app.command("build")
def build_command(
    context: typer.Context,
    environment: EnvironmentName,
    force: Annotated[bool, typer.Option("--force", help="Build even if the very same image is there.")] = False,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Start the build and do not wait for its end.")] = False,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="MINUTES",
            help="Cancel a build that takes longer; image.build_timeout_minutes and an hour if left out.",
            show_default=False,
        ),
    ] = None,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Build the image that the deployed image stack describes, on the newest base image, unless it is there.

    It is followed step by step until the fleet can be deployed with it. Ctrl-C leaves the build alone.

    Example: slipway image build staging

    Example: slipway image build production --timeout 120 --json
    """
    if timeout is not None and not timeout > 0:
        raise typer.BadParameter(f"--timeout {timeout:g}: write a number of minutes above 0")
    try:
        with images(context, environment, assignments, as_json=as_json) as (site, progress):
            _tell_unheeded(site, assignments or ())
            if not site.deployment.built_for:
                data(image_reports.nothing_as_json() if as_json else image_reports.nothing_in_words(environment))
                return
            minutes = site.deployment.test_minutes + BUILDING_MINUTES if timeout is None else timeout
            outcome = building.build(site, force=force, wait=not no_wait, timeout_seconds=minutes * 60)
    except KeyboardInterrupt as interruption:
        talk(image_reports.interrupted(environment))
        raise typer.Exit(INTERRUPTED) from interruption
    # On a terminal the data say the same; what is kept or read by a program ends with how it went.
    if as_json or not progress.is_live:
        talk(image_reports.verdict(outcome))
    report = image_reports.outcome_in_words(outcome, environment, finding.deploy_command(site))
    data(image_reports.outcome_as_json(outcome) if as_json else report)


def _tell_unheeded(site: Site, assignments: Sequence[str]) -> None:
    """Tell of values that are overridden for nothing: a build goes by what is deployed."""
    unheeded = [each for each in assignments if each.startswith("image.") and not each.startswith(_LOOKED_AT)]
    if unheeded:
        values = " ".join(f"-c set={each}" for each in unheeded)
        site.say(
            Note(
                f"{OPTION} {', '.join(unheeded)} changes nothing here: a build goes by the deployed stack "
                f"{site.deployment.image_stack}; to build with it: {finding.deploy_command(site)} {values}"
            )
        )


@app.command("status")
def status_command(
    context: typer.Context,
    environment: EnvironmentName,
    reference: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE", help="An image; the one that was started last if left out.", show_default=False
        ),
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", help="Tell each step until the build ends.")] = False,
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Say how a build goes or went: its steps, its AMIs, and why it failed. Status 1 if it failed or was cancelled.

    Example: slipway image status staging

    Example: slipway image status staging 1.297482.88210943/2 --follow
    """
    try:
        with images(context, environment, assignments, as_json=as_json) as (site, _):
            place = finding.workshop(site)
            image = finding.the_image(site, reference or finding.newest(site))
            if follow:
                minutes = site.deployment.test_minutes + BUILDING_MINUTES
                following.follow(site, image.arn, timeout_seconds=minutes * 60)
            (image,) = finding.with_what_is_there(site, [site.builder.image(image.arn)])
            workflows = site.builder.workflows(image.arn)
            cause = causes.cause_of(site, image, place) if image.status in ("FAILED", "CANCELLED") else None
    except KeyboardInterrupt as interruption:
        talk(image_reports.interrupted(environment))
        raise typer.Exit(INTERRUPTED) from interruption
    report = image_reports.status_as_json if as_json else image_reports.status_in_words
    data(report(image, workflows, cause))
    if cause is not None:
        raise typer.Exit(1)


@app.command("cancel")
def cancel_command(
    context: typer.Context,
    environment: EnvironmentName,
    reference: Annotated[
        str,
        typer.Argument(metavar="IMAGE", help="A build that runs; all that run if left out.", show_default=False),
    ] = "",
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """End a build that runs, wait for its end, and remove what it has made; what builds left that failed, too.

    Example: slipway image cancel staging
    """
    try:
        with images(context, environment, assignments, as_json=as_json) as (site, _):
            finding.check_account(site)
            known = finding.images_of(site)
            chosen = [finding.the_image(site, reference, known)] if reference else known
            ended = [cancelling.end(site, image) for image in chosen if not image.status.is_over]
            # What an earlier `cancel` that was interrupted left, and builds that failed after their AMI was made.
            cancelling.remove_leftovers(site, [image for image in chosen if image.status.is_over])
    except KeyboardInterrupt as interruption:
        talk(image_reports.cancel_interrupted(environment))
        raise typer.Exit(INTERRUPTED) from interruption
    data(image_reports.cancelled_as_json(ended) if as_json else image_reports.cancelled_in_words(ended, environment))
