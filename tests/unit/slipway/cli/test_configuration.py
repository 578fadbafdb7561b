"""`slipway config` says what is true, in a form that people and programs can use, and refuses what it does not know."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
import yaml

from config import load
from config.models import Configuration
from config.schema import BEGIN, END
from tests.unit.slipway.cli.commands import BLUE, Slipway

BROKEN = BLUE + "  minimun: 3\nregions: nowhere\n"


def test_explain_shows_value_meaning_limits_and_the_whole_chain(slipway: Slipway) -> None:
    result = slipway(
        "config", "explain", "blue", "fleet.minimum", "--set", "fleet.minimum=3",
        environ={"SLIPWAY__fleet__minimum": "1"},
    )  # fmt: skip

    lines = result.out.splitlines()
    assert (result.status, result.err) == (0, "")
    assert lines[0] == "fleet.minimum = 3"
    assert any(re.search(r"meaning .*instances", line) for line in lines)
    assert any(re.search(r"allowed .*whole number", line) for line in lines)
    chain = lines[-4:]
    assert re.search(r"default of the model +\d+$", chain[0])
    assert re.search(r"blue\.yaml:3:3 +2$", chain[1])
    assert re.search(r"environment variable SLIPWAY__fleet__minimum +1$", chain[2])
    assert re.search(r"→ --set +3$", chain[3])
    assert sum("→" in line for line in lines) == 1


def test_explain_of_a_section_has_a_line_for_each_setting(slipway: Slipway) -> None:
    result = slipway("config", "explain", "blue", "fleet")

    rows = [line.split() for line in result.out.splitlines()]
    (minimum,) = [row for row in rows if row[0] == "fleet.minimum"]
    assert minimum[1] == "2"
    assert minimum[2].endswith("blue.yaml:3:3")
    assert all(row[0].startswith("fleet.") for row in rows)


def test_explain_as_json_marks_the_winner(slipway: Slipway) -> None:
    report = json.loads(slipway("config", "explain", "blue", "fleet.minimum", "--json").out)

    (setting,) = report["settings"]
    assert (report["environment"], report["problems"]) == ("blue", [])
    assert (setting["path"], setting["value"]) == ("fleet.minimum", 2)
    assert [layer["wins"] for layer in setting["layers"]] == [False, True]
    assert (setting["layers"][1]["line"], setting["layers"][1]["column"]) == (3, 3)
    assert {"default", "description", "allowed", "in_regions"} <= set(setting)


def test_explain_of_a_broken_configuration_answers_and_warns(slipway: Slipway) -> None:
    slipway.write("blue", BROKEN)

    result = slipway("config", "explain", "blue", "fleet.minimum")

    assert result.status == 1
    assert result.out.startswith("fleet.minimum = 2\n")
    assert "minimun" in result.err


def test_explain_of_an_unknown_path_names_the_nearest(slipway: Slipway) -> None:
    result = slipway("config", "explain", "blue", "flet.minimum")

    assert (result.status, result.out) == (1, "")
    assert 'there is no setting "flet.minimum"\n    did you mean "fleet.minimum"?' in result.err


def test_check_is_quiet_on_standard_output_where_all_is_well(slipway: Slipway) -> None:
    result = slipway("config", "check")

    assert (result.status, result.out, result.err) == (0, "", "no problems in blue, red\n")


def test_check_reports_every_problem_of_every_environment(slipway: Slipway) -> None:
    slipway.write("blue", BROKEN)
    slipway.write("red", "fleet: []\n")

    result = slipway("config", "check")

    assert result.status == 1
    assert re.search(r'blue\.yaml:4:3: fleet\.minimun: unknown key "minimun"\n +did you mean "minimum"\?', result.out)
    assert re.search(r"blue\.yaml:5:1: regions:? .*\n( .*\n)* +allowed: .*\n +meaning: ", result.out)
    assert re.search(r"red\.yaml:1:1: fleet:? must be a mapping", result.out)
    assert result.err == "3 problems in blue, red\n"


def test_check_says_a_problem_of_the_base_once(slipway: Slipway) -> None:
    slipway.write("base", "projetc: shop\n")

    result = slipway("config", "check")

    assert result.out.count("projetc") == 1 + result.out.count('key "projetc"')
    assert "    concerns: blue, red\n" in result.out


def test_check_of_named_environments_leaves_the_others_alone(slipway: Slipway) -> None:
    slipway.write("blue", BROKEN)

    assert slipway("config", "check", "red").status == 0


def test_check_judges_overrides_and_variables_too(slipway: Slipway) -> None:
    result = slipway("config", "check", "red", "--set", "fleet.minimum=-1", environ={"SLIPWAY__fleet__maximum": "x"})

    assert "--set: fleet.minimum: must be" in result.out
    assert "environment variable SLIPWAY__fleet__maximum" in result.out


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_check_as_json(slipway: Slipway, option: list[str]) -> None:
    slipway.write("blue", BROKEN)

    report = json.loads(slipway("config", "check", *option).out)

    assert report["ok"] is False
    assert [each["environment"] for each in report["environments"]] == ["blue", "red"]
    paths = [problem["path"] for problem in report["environments"][0]["problems"]]
    assert paths == ["fleet.minimun", "regions"]
    assert report["environments"][1]["problems"] == []


def test_check_for_github_annotates_the_lines(slipway: Slipway) -> None:
    slipway.write("blue", BROKEN)

    lines = slipway("config", "check", "--format", "github").out.splitlines()

    assert len(lines) == 2
    assert re.fullmatch(
        r'::error file=.*/blue\.yaml,line=4,col=3,title=configuration of blue::.*"minimun"%0A.*', lines[0]
    )


def test_check_for_github_says_nothing_where_all_is_well(slipway: Slipway) -> None:
    assert slipway("config", "check", "--format", "github").out == ""


def test_check_of_an_empty_folder_is_no_success(slipway: Slipway) -> None:
    for file in slipway.world.environments.glob("*.yaml"):
        file.unlink()

    result = slipway("config", "check")

    assert result.status == 1
    assert "holds no environment's file" in result.err


def test_show_is_a_file_that_gives_the_same_configuration_again(slipway: Slipway) -> None:
    shown = slipway("config", "show", "blue", "--set", "tags={owner: me}").out
    slipway.write("blue", shown)

    again = load("blue", folder=slipway.world.environments)

    assert yaml.safe_load(shown)["tags"] == {"owner": "me"}
    assert again.model_dump(mode="json") == yaml.safe_load(shown)


def test_show_as_json_is_the_same(slipway: Slipway) -> None:
    as_yaml = yaml.safe_load(slipway("config", "show", "blue").out)

    assert json.loads(slipway("config", "show", "blue", "--json").out) == as_yaml
    assert json.loads(slipway("config", "show", "blue", "--format", "json").out) == as_yaml


def test_show_of_one_region(slipway: Slipway) -> None:
    (region,) = load("blue", folder=slipway.world.environments).regions

    assert yaml.safe_load(slipway("config", "show", "blue", "--region", region).out)["regions"] == [region]
    refused = slipway("config", "show", "blue", "--region", "mars-1")
    assert refused.status == 1
    assert f'not deployed to region "mars-1"\n  allowed: {region}' in refused.err


def test_show_of_a_broken_configuration_shows_its_problems_only(slipway: Slipway) -> None:
    slipway.write("blue", BROKEN)

    result = slipway("config", "show", "blue")

    assert (result.status, result.out) == (1, "")
    assert "minimun" in result.err


def test_schema_accepts_what_show_prints(slipway: Slipway) -> None:
    schema = json.loads(slipway("config", "schema").out)

    jsonschema.validate(json.loads(slipway("config", "show", "blue", "--json").out), schema)


def test_schema_is_written_and_checked(slipway: Slipway) -> None:
    slipway.world.document.write_text(f"# Page\n{BEGIN}\n{END}\n")

    before = slipway("config", "schema", "--check")
    written = slipway("config", "schema", "--write")
    after = slipway("config", "schema", "--check")

    assert [result.status for result in (before, written, after)] == [1, 0, 0]
    assert before.err.count("schema.json, configuration.md") == 1
    assert json.loads(slipway.world.schema_file.read_text())["title"] == "Slipway environment"
    assert f"| `{next(iter(Configuration.model_fields))}` |" in slipway.world.document.read_text()


def test_schema_refuses_contradicting_options(slipway: Slipway) -> None:
    assert slipway("config", "schema", "--write", "--check").status == 2


def test_show_shows_which_secret_is_used(slipway: Slipway) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:users-a1B2c3"

    shown = slipway("config", "show", "blue", "--set", f"proxy.authentication={{required: true, secret_arn: '{arn}'}}")
    slipway.write("blue", shown.out)

    assert load("blue", folder=slipway.world.environments).proxy.authentication.secret_arn == arn


def test_check_names_the_option_as_it_is_typed(slipway: Slipway) -> None:
    result = slipway("config", "check", "red", "--set", "nonsense")

    assert result.out.startswith('--set: "nonsense" is not of the form')
    assert "to mend it: write --set=fleet.desired=3" in result.out


def test_an_unknown_form_is_refused_without_words_of_a_library(slipway: Slipway) -> None:
    result = slipway("config", "check", "--format", "xml")

    assert result.status == 2
    assert '"xml" is none of text, json, github' in result.err
    assert "Value error" not in result.err


@pytest.mark.parametrize("arguments", [("check", "--format", "github"), ("show", "blue", "--format", "yaml")])
def test_two_forms_at_once_are_refused(slipway: Slipway, arguments: tuple[str, ...]) -> None:
    result = slipway("config", *arguments, "--json")

    assert (result.status, result.out) == (2, "")
    assert "exclude each other" in result.err


def test_an_empty_name_is_seen_in_the_verdict(slipway: Slipway) -> None:
    assert slipway("config", "check", "").err == '1 problem in ""\n'


def test_explain_takes_brackets_for_places_in_lists(slipway: Slipway) -> None:
    assert slipway("config", "explain", "blue", "fleet.listeners[0].port").out.startswith(
        "fleet.listeners.0.port = 8080\n"
    )


def test_show_of_a_section_or_a_setting(slipway: Slipway) -> None:
    whole = yaml.safe_load(slipway("config", "show", "blue").out)

    assert yaml.safe_load(slipway("config", "show", "blue", "fleet").out) == whole["fleet"]
    assert json.loads(slipway("config", "show", "blue", "fleet.scaling", "--json").out) == whole["fleet"]["scaling"]
    assert slipway("config", "show", "blue", "fleet.minimum").out == "2\n"


def test_show_of_an_unknown_section_names_the_nearest(slipway: Slipway) -> None:
    result = slipway("config", "show", "blue", "flet")

    assert (result.status, result.out) == (1, "")
    assert 'did you mean "fleet"?' in result.err


def test_check_of_all_tells_of_a_file_that_nothing_reads(slipway: Slipway) -> None:
    (slipway.world.environments / "green.yml").touch()

    result = slipway("config", "check")

    assert 'there is no environment "green"' in result.out
    assert "to mend it: rename green.yml to green.yaml" in result.out
