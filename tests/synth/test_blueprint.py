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


OF_OTHERS = ("/cdk-bootstrap/", "/imagebuilder/")
"""Where parameters stand that no stack publishes: those of the CDK and of builds of images."""


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_output_that_is_read_is_there_and_the_other_way_round(environment, assembly):
    templates = {f"slipway-{environment}-{name}": assembly(environment).template(name).body for name in COMPONENTS}
    published = {
        (name, key)
        for name, body in templates.items()
        for key in body.get("Outputs", {})
        if key.startswith("PublishOutput")
    }
    read = {(each["StackName"], each["OutputName"]) for each in values_of("Fn::GetStackOutput", templates)}

    assert read == published != set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_parameter_that_a_stack_reads_is_published_by_one_that_it_waits_for(environment, assembly):
    templates = {component: assembly(environment).template(component) for component in COMPONENTS}
    publishers = {
        entry["Name"]: component
        for component, template in templates.items()
        for entry in template.properties("AWS::SSM::Parameter")
    }
    reads = {
        (component, parameter["Default"])
        for component, template in templates.items()
        for parameter in template.body.get("Parameters", {}).values()
        if parameter["Type"].startswith("AWS::SSM::Parameter::Value<")
        if not parameter["Default"].startswith(OF_OTHERS)
    }

    assert reads
    assert [(who, what) for who, what in sorted(reads) if publishers.get(what) not in PARENTS[who]] == []


def values_of(key, node):
    """Yield what stands under a key, wherever in a template that is."""
    match node:
        case dict():
            for name, value in node.items():
                yield from [value] if name == key else values_of(key, value)
        case list():
            for item in node:
                yield from values_of(key, item)


def test_synthesis_asks_for_nothing(assembly):
    manifest = json.loads((assembly("production").folder / "manifest.json").read_text())

    assert "missing" not in manifest
