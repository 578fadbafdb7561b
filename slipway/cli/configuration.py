"""`slipway config`: what the configuration is, where each value comes from, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

import typer
import yaml

from config import ConfigurationError, environment_names, load
from config.explain import UnknownPathError, explain, known_paths, part_of, plain, without_secrets
from config.loader import misnamed_environments
from config.models import Configuration
from config.schema import json_schema, outdated, write
from slipway.cli import reports
from slipway.cli.output import data, talk
from slipway.cli.world import World


class Report(StrEnum):
    """How problems are reported."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class Notation(StrEnum):
    """How a configuration is written."""

    YAML = "yaml"
    JSON = "json"


class RefusedError(Exception):
    """What was asked for does not exist; the message says what does."""


OPTION = "--set"
"""How values are overridden here."""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""What the configuration is, where each value comes from, and what is wrong with it.

A value comes from one of five places; each wins over those above it:
  defaults of the models (docs/configuration.md lists them all)
  config/environments/base.yaml
  config/environments/ENVIRONMENT.yaml
  environment variables, such as SLIPWAY__fleet__maximum=3
  --set fleet.maximum=3, which `cdk` takes as -c set=fleet.maximum=3
Mappings are merged key by key, lists are replaced as a whole.""",
)


def complete_environment(context: typer.Context, incomplete: str) -> list[str]:
    """Return the environments whose names begin as what was typed."""
    world: World = context.find_root().obj
    return [name for name in environment_names(world.environments) if name.startswith(incomplete)]


def _complete_path(incomplete: str) -> list[str]:
    return [path for path in known_paths() if path.startswith(incomplete)]


def _one_of[Choice: StrEnum](choices: type[Choice]) -> Callable[[str], Choice]:
    """Return what reads one of few words; typer's own message would leak words of a library."""

    def read(text: str) -> Choice:
        if text not in list(choices):
            raise typer.BadParameter(f'"{text}" is none of {", ".join(choices)}')
        return choices(text)

    return read


def _chosen[Choice: StrEnum](format_: Choice | None, as_json: bool, json_: Choice) -> Choice | None:
    """Return the form that `--format` and `--json` ask for together, `None` for the usual one."""
    if as_json and format_ not in (None, json_):
        raise typer.BadParameter(f"--json and --format {format_} exclude each other; give one of them")
    return json_ if as_json else format_


EnvironmentName = Annotated[
    str,
    typer.Argument(
        metavar="ENVIRONMENT",
        help="Name of a file in config/environments, without .yaml.",
        autocompletion=complete_environment,
    ),
]
Assignments = Annotated[
    list[str] | None,
    typer.Option(
        OPTION, metavar="PATH=VALUE", help="Override a value, as -c set= does for `cdk`; may be given several times."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("explain")
def explain_command(
    context: typer.Context,
    environment: EnvironmentName,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A setting, such as fleet.desired, or a section, such as fleet; everything if left out.",
            autocompletion=_complete_path,
            show_default=False,
        ),
    ] = "",
    assignments: Assignments = None,
    as_json: AsJson = False,
) -> None:
    """Say which value a setting has, where it comes from, what it overrode, and what else would be allowed.

    Example: slipway config explain production fleet.desired

    Example: slipway config explain staging network --set network.egress=nat
    """
    world: World = context.obj
    try:
        found = explain(
            environment,
            path,
            overrides=assignments or (),
            environ=world.environ,
            folder=world.environments,
            option=OPTION,
        )
    except UnknownPathError as error:
        raise RefusedError(str(error)) from error
    if as_json:
        data(reports.explanation_as_json(found))
    elif len(found.settings) == 1 and found.settings[0].path == plain(path):
        data(reports.setting_in_words(found.settings[0]))
    else:
        data(reports.settings_as_table(found.settings))
    if found.problems:
        talk(f"warning: {ConfigurationError(environment, found.problems)}")
        raise typer.Exit(1)


@app.command("check")
def check_command(
    context: typer.Context,
    environments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ENVIRONMENT",
            help="Environments to check; all if none is named.",
            autocompletion=complete_environment,
        ),
    ] = None,
    assignments: Assignments = None,
    report: Annotated[
        Report | None,
        typer.Option(
            "--format",
            help="How to report: for people, for programs, or as GitHub's annotations; text if left out.",
            parser=_one_of(Report),
            metavar="|".join(Report),
            autocompletion=lambda: list(Report),
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Report every problem of the configuration at once: where, what, what is allowed, and how to mend it.

    Example: slipway config check

    Example: slipway config check staging production --format github
    """
    world: World = context.obj
    chosen = _chosen(report, as_json, Report.JSON)
    names = tuple(dict.fromkeys(environments or _all_environments(world)))
    if not names:
        raise RefusedError(f"{world.environments} holds no environment's file\n  next: write one, NAME.yaml")
    findings: reports.Findings = {}
    for name in names:
        try:
            _load(world, name, assignments)
            findings[name] = ()
        except ConfigurationError as error:
            findings[name] = error.problems
    match chosen:
        case Report.JSON:
            data(reports.findings_as_json(findings))
        case Report.GITHUB:
            reports_of_all = reports.findings_as_annotations(findings)
            if reports_of_all:
                data(reports_of_all)
        case _:
            if any(findings.values()):
                data(reports.findings_in_words(findings))
    talk(reports.verdict(findings))
    if any(findings.values()):
        raise typer.Exit(1)


@app.command("show")
def show_command(
    context: typer.Context,
    environment: EnvironmentName,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A section, such as fleet, or a setting; everything if left out.",
            autocompletion=_complete_path,
            show_default=False,
        ),
    ] = "",
    assignments: Assignments = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="REGION", help="Show the view of one region only.")
    ] = None,
    notation: Annotated[
        Notation | None,
        typer.Option(
            "--format",
            help="How to write it; yaml if left out.",
            parser=_one_of(Notation),
            metavar="|".join(Notation),
            autocompletion=lambda: list(Notation),
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the configuration of an environment or a section of it, merged and checked, with every default.

    Example: slipway config show production

    Example: slipway config show production fleet

    Example: slipway config show production --region eu-west-1 --json
    """
    world: World = context.obj
    configuration = _load(world, environment, assignments)
    if region is not None:
        configuration = _in_region(configuration, region)
    try:
        values = part_of(without_secrets(configuration.model_dump(mode="json")), path)
    except UnknownPathError as error:
        raise RefusedError(str(error)) from error
    if _chosen(notation, as_json, Notation.JSON) is Notation.JSON:
        data(json.dumps(values, indent=2, ensure_ascii=False))
    elif isinstance(values, dict | list):
        data(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120).rstrip("\n"))
    else:
        data(reports.shown(values))


@app.command("schema")
def schema_command(
    context: typer.Context,
    do_write: Annotated[
        bool, typer.Option("--write", help="Write the schema and the reference page in docs anew, and print nothing.")
    ] = False,
    do_check: Annotated[
        bool, typer.Option("--check", help="Only say whether both files are what the models give.")
    ] = False,
) -> None:
    """Print the JSON schema of the environments' files, which editors use to check and complete them.

    Example: slipway config schema > environments.schema.json
    """
    world: World = context.obj
    if do_write and do_check:
        raise typer.BadParameter("--write and --check exclude each other; give one of them")
    if not do_write and not do_check:
        data(json_schema(Configuration).rstrip("\n"))
        return
    try:
        stale = outdated(world.schema_file, world.document)
        if do_write:
            write(world.schema_file, world.document)
    except ValueError as error:
        raise RefusedError(f"{world.document} cannot be made anew: {error}") from error
    names = ", ".join(file.name for file in stale)
    if do_check and stale:
        raise RefusedError(f"not what the models give any more: {names}\n  next: slipway config schema --write")
    talk(f"written anew: {names}" if stale else "schema and reference page are what the models give")


def _all_environments(world: World) -> tuple[str, ...]:
    """Return what is to be checked: a file of the wrong name, too, since nothing else would ever tell of it."""
    return *environment_names(world.environments), *misnamed_environments(world.environments)


def _load(world: World, environment: str, assignments: Sequence[str] | None) -> Configuration:
    return load(
        environment,
        overrides=assignments or (),
        environ=world.environ,
        folder=world.environments,
        option=OPTION,
    )


def _in_region(configuration: Configuration, region: str) -> Configuration:
    if region not in configuration.regions:
        raise RefusedError(
            f'environment {configuration.environment} is not deployed to region "{region}"\n'
            f"  allowed: {', '.join(configuration.regions)}"
        )
    return configuration.in_region(region)
