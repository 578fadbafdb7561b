"""Whatever is typed, and whatever stands in the files: an answer or one clear message, and a status that says which."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import slipway as package
from tests.unit.slipway.cli.commands import Slipway

ROOT = Path(__file__).parents[4]


def test_the_version_is_the_projects(slipway: Slipway) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert package.__version__ == project["version"]
    assert slipway("--version").out == f"slipway {project['version']}\n"


@pytest.mark.parametrize("command", ["explain", "check", "show", "schema"])
def test_every_command_has_help_with_an_example_that_names_it(slipway: Slipway, command: str) -> None:
    result = slipway("config", command, "--help")

    assert result.status == 0
    assert f"Example: slipway config {command}" in result.out


def test_the_help_says_which_source_wins(slipway: Slipway) -> None:
    text = slipway("config", "--help").out

    places = ["defaults of the models", "base.yaml", "ENVIRONMENT.yaml", "SLIPWAY__", "--set"]
    assert sorted(places, key=text.index) == places


@pytest.mark.parametrize(
    "arguments", [["config", "explane"], ["config", "show"], ["--nothing"], ["config", "check", "--format", "xml"]]
)
def test_a_wrong_command_line_is_told_from_a_wrong_configuration(slipway: Slipway, arguments: list[str]) -> None:
    result = slipway(*arguments)

    assert (result.status, result.out) == (2, "")
    assert result.err


@pytest.mark.parametrize("command", ["explain", "show", "check"])
@pytest.mark.parametrize("environment", ["blu", "", "..", "base", "a/b", "\0", "ü" * 300])
def test_an_unknown_environment_is_refused_in_words(slipway: Slipway, command: str, environment: str) -> None:
    result = slipway("config", command, environment)

    assert result.status == 1
    assert f'there is no environment "{environment}"' in result.out + result.err
    assert "allowed: blue, red" in result.out + result.err


@pytest.mark.parametrize(
    "text", [b"\xff\xfe", b"a: [", b"- a", b"a: &x [*x]", b"\t", b"a: !!python/object:os.system {}", b"\0"]
)
@pytest.mark.parametrize("command", ["explain", "show", "check"])
def test_a_file_that_is_no_configuration_is_refused_in_words(slipway: Slipway, command: str, text: bytes) -> None:
    (slipway.world.environments / "blue.yaml").write_bytes(text)

    result = slipway("config", command, "blue")

    assert result.status == 1
    assert "blue.yaml" in result.out + result.err
    assert "Traceback" not in result.err


def test_a_file_that_is_a_folder_is_refused_in_words(slipway: Slipway) -> None:
    (slipway.world.environments / "green.yaml").mkdir()

    result = slipway("config", "show", "green")

    assert result.status == 1
    assert "green.yaml" in result.err
    assert "cannot be read" in result.err


def test_a_page_that_is_gone_is_said_so(slipway: Slipway) -> None:
    result = slipway("config", "schema", "--write")

    assert result.status == 1
    assert "configuration.md cannot be used: No such file" in result.err


def test_a_page_without_its_marks_is_said_so(slipway: Slipway) -> None:
    slipway.world.document.write_text("# Page\n")

    result = slipway("config", "schema", "--write")

    assert result.status == 1
    assert "needs the lines" in result.err


@pytest.mark.parametrize(
    ("typed", "offered"), [("config explain b", "blue"), ("config explain blue fleet.max", "fleet.maximum")]
)
def test_a_shell_completes_environments_and_settings(
    slipway: Slipway, monkeypatch: pytest.MonkeyPatch, typed: str, offered: str
) -> None:
    words = ["slipway", *typed.split()]
    monkeypatch.setenv("_SLIPWAY_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(words))
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))

    assert offered in slipway().out.split()


WORDS = [
    "config",
    "explain",
    "check",
    "show",
    "schema",
    "blue",
    "red",
    "base",
    "fleet",
    "fleet.minimum",
    "tags.x",
    "--set",
]
MORE = [
    "--json",
    "--format",
    "github",
    "yaml",
    "--region",
    "us-east-1",
    "fleet.minimum=2",
    "tags=[",
    "=",
    "--help",
    "-h",
    "--check",
]


@given(st.lists(st.sampled_from(WORDS + MORE) | st.text(max_size=6), max_size=7))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_ends_with_a_status_and_no_traceback(slipway: Slipway, arguments: list[str]) -> None:
    result = slipway("config", *arguments)

    assert result.status in (0, 1, 2)
    assert "Traceback" not in result.err
    assert result.out or result.err
