"""The platform as a whole: its stacks, what each waits for, and that none takes from another what it need not."""

from __future__ import annotations

import json

import pytest

from tests.synth.assemblies import COMPONENTS, ENVIRONMENTS

PARENTS = {
    "identity": set(),
    "storage": set(),
    "network": set(),
    "image": {"network", "storage"},
    "functions": {"identity", "storage"},
    "dns": {"network"},
    "fleet": {"identity", "storage", "network", "image", "functions"},
    "records": {"dns", "fleet"},
    "observability": {"fleet"},
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_stack_waits_for_what_it_needs_and_no_more(environment, assembly):
    found = {component: assembly(environment).parents(component) for component in COMPONENTS}

    assert found == PARENTS


def test_a_deployment_is_four_stacks_deep():
    def depth(component):
        return 1 + max((depth(parent) for parent in PARENTS[component]), default=0)

    assert max(map(depth, PARENTS)) == 4


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_import_has_its_export(environment, assembly):
    templates = [assembly(environment).template(component).body for component in COMPONENTS]
    exports = {
        output["Export"]["Name"]
        for template in templates
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }
    imports = set()

    def collect(value):
        match value:
            case {"Fn::ImportValue": name}:
                imports.add(name)
            case dict():
                for item in value.values():
                    collect(item)
            case list():
                for item in value:
                    collect(item)

    collect(templates)
    assert imports == exports


def test_synthesis_asks_for_nothing(assembly):
    manifest = json.loads((assembly("production").folder / "manifest.json").read_text())

    assert "missing" not in manifest
