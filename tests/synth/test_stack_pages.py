"""The pages of the stacks say what the assembly, the models and the schemas of resources say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from config.models import Configuration
from tests.synth import replacements
from tests.synth.assemblies import COMPONENTS, Assembly
from tests.synth.stack_pages import BEGIN, ENVIRONMENT, FOLDER, SECTIONS, between_marks, pages

AGAIN = "templates, settings or replacements changed; run: make snapshots"


def test_the_pages_are_current(assembly: Callable[[str], Assembly]) -> None:
    stale = [
        page.name for page, text in pages(assembly(ENVIRONMENT).folder) if page.read_text(encoding="utf-8") != text
    ]

    assert stale == [], AGAIN


def test_there_is_a_page_for_each_stack_and_none_for_others() -> None:
    assert {page.stem for page in FOLDER.glob("*.md")} == {*COMPONENTS, "README"}


def test_each_section_of_the_configuration_is_explained_on_one_page() -> None:
    sections = [
        name
        for name, field in Configuration.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    ]
    explained = [section for each in SECTIONS.values() for section in each]

    assert sorted(explained) == sorted(sections), "add the section to SECTIONS of tests/synth/stack_pages.py"


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_people_write_says_what_the_stack_holds_and_why(component: str) -> None:
    written = (FOLDER / f"{component}.md").read_text(encoding="utf-8").partition(BEGIN)[0]

    assert written.startswith("# ")
    assert "\n## Why so\n" in written
    assert len(written.split()) > 80


def test_each_effect_of_a_setting_stands_on_the_page_of_its_stack() -> None:
    told = {page.stem: page.read_text(encoding="utf-8") for page in FOLDER.glob("*.md")}

    missing = [
        (path, effect)
        for path, effects in replacements.read().items()
        for effect in effects
        if f"| `{path}` | " not in told[effect.stack.partition("-")[0]].partition("## What a change replaces")[2]
    ]

    assert missing == [], AGAIN


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n")

    with pytest.raises(ValueError, match="needs the lines"):
        between_marks(page, [])
