"""What is generated from the models is current, and right."""

import json
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, ValidationError

from config import environment_names, load
from config.loader import ENVIRONMENTS
from config.models import Configuration, Model
from config.schema import BEGIN, DOCUMENT, END, SCHEMA_FILE, json_schema, outdated, tables, with_tables, write
from tests.fuzz.mistakes import mistakes, with_mistakes
from tests.unit.config.small import Vehicle
from tests.unit.config.test_loader import OURS

AGAIN = "the models changed; run: .venv/bin/slipway config schema --write"


def test_the_schema_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == json_schema(Configuration), AGAIN


def test_the_reference_in_the_documentation_is_current() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")

    assert document == with_tables(document, Configuration), AGAIN


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(json_schema(Configuration)))


SCHEMA = jsonschema.Draft202012Validator(json.loads(json_schema(Configuration)))


def as_json(text: str) -> object:
    """Return what editors see in a file, in which a date is text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


@pytest.mark.parametrize("name", ["base", *environment_names()])
def test_the_schema_accepts_the_projects_files(name: str) -> None:
    SCHEMA.validate(as_json((ENVIRONMENTS / f"{name}.yaml").read_text(encoding="utf-8")))


def test_the_schema_and_the_models_refuse_the_same_mistakes() -> None:
    """A number in quotes for a date is text as any other for the schema, as editors ask for no form of it."""
    base = load("development").model_dump(mode="json", exclude_unset=True)
    found = [mistake for mistake in mistakes() if mistake.kind != "a number in quotes for a date"]

    taken_by_schema = [mistake for mistake in found if SCHEMA.is_valid(with_mistakes(base, [mistake]))]
    taken_by_models = [mistake for mistake in found if is_taken(with_mistakes(base, [mistake]))]

    assert (taken_by_schema, taken_by_models) == ([], [])


def is_taken(values: dict[str, Any]) -> bool:
    try:
        Configuration.model_validate(values)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", ["base", *OURS])
def test_every_file_of_the_project_leads_editors_to_the_schema(name: str) -> None:
    """The first line is for the YAML language server, the second for JetBrains' editors."""
    lines = (ENVIRONMENTS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()

    language_server, jet_brains = (line.partition("$schema")[2].lstrip("=: ") for line in lines[:2])

    assert lines[0].startswith("# yaml-language-server: $schema=")
    assert lines[1].startswith("# $schema: ")
    assert {(ENVIRONMENTS / path).resolve() for path in (language_server, jet_brains)} == {SCHEMA_FILE}


def test_the_schema_refuses_unknown_keys() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"wheels": 4}, json.loads(json_schema(Vehicle)))


def test_the_schema_refuses_free_keys_of_another_form() -> None:
    schema = json.loads(json_schema(Configuration))

    jsonschema.validate({"regional": {"eu-west-1": {}}}, schema)
    for text in ('{"regional": {"europe": {}}}', '{"exceptions": {"whatever": "because I say so"}}'):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(json.loads(text), schema)


def test_every_key_has_a_description() -> None:
    schema = json.loads(json_schema(Configuration))
    parts = {"Configuration": schema, **schema["$defs"]}

    nameless = [
        f"{part}.{key}"
        for part, fields in parts.items()
        for key, field in fields.get("properties", {}).items()
        if not field.get("description")
    ]

    assert nameless == []


def test_the_tables_show_type_default_and_meaning_of_each_key() -> None:
    text = tables(Vehicle)

    assert '| `colour` | red, green | `"red"` | Its paint. |' in text
    assert "### `engine`\n\nWhat drives it.\n" in text
    assert "| `cylinders` | whole number from 1 to 12 | `4` | Number of cylinders. |" in text


def test_a_part_shows_the_defaults_of_where_it_stands() -> None:
    html_service = tables(Configuration).partition("### `functions.html_service`")[2].partition("###")[0]

    default = Configuration.model_fields["functions"].default.html_service.memory_mb
    assert f"| `{default}` | Memory" in html_service


def test_a_document_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="needs the lines"):
        with_tables(f"# Title\n{BEGIN}\n", Vehicle)


def test_only_the_part_between_the_marks_changes() -> None:
    document = with_tables(f"before\n{BEGIN}\nold\n{END}\nafter\n", Vehicle)

    assert document.startswith(f"before\n{BEGIN}\n")
    assert document.endswith(f"{END}\nafter\n")
    assert "old" not in document


def test_files_that_are_out_of_date_are_named(tmp_path: Path) -> None:
    schema_file, document = tmp_path / "schema.json", tmp_path / "page.md"
    document.write_text(f"{BEGIN}\n{END}\n")
    assert outdated(schema_file, document) == [schema_file, document]

    write(schema_file, document)
    assert outdated(schema_file, document) == []

    schema_file.write_text("{}")
    assert outdated(schema_file, document) == [schema_file]


class Part(Model):
    """A part."""

    size: int = 1
    """How big."""


class Whole(Model):
    """A whole."""

    spare: Part | None = None
    """Perhaps another."""

    parts: tuple[Part, ...] = ()
    """Its parts."""

    by_name: dict[str, Part] = {}
    """Its named parts."""

    first: Part = Part(size=3)
    """The first."""


def test_what_may_be_left_out_and_what_stands_in_lists_and_mappings_has_its_table_too() -> None:
    text = tables(Whole)

    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == ["### Top level", "### `spare`", "### `parts[]`", "### `by_name.*`", "### `first`"]


def test_one_part_can_be_shown_with_the_defaults_of_its_place() -> None:
    assert tables(Whole, ("first",)).startswith("### `first`\n")
    assert "| `size` | whole number | `3` | How big. |" in tables(Whole, ("first",))
    assert "| `size` | whole number | `1` | How big. |" in tables(Whole, ("spare",))


def settings(kind: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield the section and the key of every setting, from the models' annotations alone."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield place, name
            yield from settings(field.annotation, f"{place}.{name}".removeprefix("."))
    elif origin is dict:
        yield from settings(arguments[1], f"{place}.*")
    else:
        for argument in arguments:
            yield from settings(argument, f"{place}[]" if origin is tuple else place)


def test_the_reference_holds_every_setting_of_the_models_and_no_other() -> None:
    section = ""
    listed = set()
    for line in tables(Configuration).splitlines():
        if line.startswith("### `"):
            section = line.split("`")[1]
            place, _, key = section.removesuffix("[]").removesuffix(".*").rpartition(".")
            listed.add((place, key))
        elif line.startswith("| `"):
            listed.add((section, line.split("`")[1]))

    assert listed == set(settings(Configuration))


def test_the_schema_holds_every_setting_of_the_models_and_no_other() -> None:
    schema = json.loads(json_schema(Configuration))
    named = {name for part in (schema, *schema["$defs"].values()) for name in part.get("properties", {})}

    assert named == {name for _, name in settings(Configuration)}
