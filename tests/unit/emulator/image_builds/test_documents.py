"""Component documents: the steps that a build executes, from our own documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.image_builds.documents import steps_of
from emulator.image_builds.workflows import phases_of

COMPONENTS = Path(__file__).resolve().parents[4] / "ami_build" / "components"


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_our_documents_have_steps_in_every_build(path: Path):
    steps = steps_of("arn", path.read_text(), phases_of("ApplyBuildComponents"))

    assert {step.phase for step in steps} <= {"build", "validate"}
    assert all(step.name and step.action for step in steps)
    assert any(step.phase == "build" for step in steps)


def test_a_step_without_a_name_is_still_a_step():
    (step,) = steps_of("arn", "phases: [{name: build, steps: [{action: ExecuteBash}, 7]}]", ("build",))

    assert (step.name, step.action) == ("", "ExecuteBash")


@pytest.mark.parametrize(
    "text", ["one", "", "phases:", "a: [", "phases: [{name: build}]", "phases: [build]", "phases: {build: 1}"]
)
def test_what_is_no_document_has_no_steps(text: str):
    assert steps_of("arn", text, ("build",)) == []
