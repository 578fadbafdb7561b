"""The root of the `slipway` command: its groups, its version, and what becomes of every error.

An error is one message that says what, why and what to do next, and a status other than 0; never a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

import slipway
from config import ConfigurationError
from config.printing import OutputError
from slipway.cli import configuration, image, image_bills, image_catalogue
from slipway.cli.output import data, make_safe, talk
from slipway.cli.world import World
from slipway.domain.errors import SlipwayError

app = typer.Typer(
    name="slipway",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Status: 0 fine, 1 there are problems, 2 the command line is wrong, 130 interrupted.",
)
app.add_typer(configuration.app, name="config")
image_catalogue.add_to(image.app)
image.app.add_typer(image_bills.app)
app.add_typer(image.app, name="image")


def _version(wanted: bool) -> None:
    if wanted:
        data(f"slipway {slipway.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """From one typed configuration to a running, checked deployment on AWS, and away again without a trace."""


def run(arguments: Sequence[str], world: World) -> int:
    """Run one command and return the status to end with.

    :param arguments: without the program's name.
    """
    make_safe()
    try:
        app(args=list(arguments), prog_name="slipway", obj=world)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except OutputError as error:
        if str(error):
            talk(f"error: {error}")
        return error.status
    except (ConfigurationError, configuration.RefusedError, SlipwayError) as error:
        talk(f"error: {error}")
    except OSError as error:
        talk(f"error: {error.filename} cannot be used: {error.strerror}\n  next: see that it is there and may be used")
    return 1
