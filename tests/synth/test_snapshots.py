"""Each environment's templates are as they were accepted; a difference is shown, with the way to accept it."""

from __future__ import annotations

import difflib

import pytest

from tests.synth.assemblies import COMPONENTS, ENVIRONMENTS, SNAPSHOTS, snapshots

MOST_LINES = 200


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_templates_are_as_accepted(environment, assembly):
    differences = []
    for path, text in snapshots(assembly(environment)):
        accepted = path.read_text(encoding="utf-8") if path.exists() else ""
        name = str(path.relative_to(SNAPSHOTS))
        differences += difflib.unified_diff(accepted.splitlines(), text.splitlines(), name, "now", n=4, lineterm="")

    shown = "\n".join(differences[:MOST_LINES])
    assert not differences, f"{shown}\n\n{len(differences)} lines differ; if they are meant: make snapshots"


def test_there_is_a_snapshot_for_each_stack_and_no_other():
    expected = {f"{environment}/{component}.template.json" for environment in ENVIRONMENTS for component in COMPONENTS}

    assert {str(path.relative_to(SNAPSHOTS)) for path in SNAPSHOTS.rglob("*.json")} == expected
