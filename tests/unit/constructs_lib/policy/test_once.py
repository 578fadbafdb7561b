"""A rule pack examines each content of a template once; what is accepted is decided in every synthesis."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from aws_cdk import (
    App,
    Environment,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
    Stack,
    Validations,
)
from aws_cdk import aws_s3 as s3

from constructs_lib.policy.findings import acknowledge
from constructs_lib.policy.memory import Memory
from constructs_lib.policy.once import OncePerTemplate

PACK = "Pack"


class Counted:
    """A rule pack that minds every bucket called Open, and notes what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, _, stacks):
        for stack in stacks:
            self.asked.append(stack.stack_construct_path)
            template = json.loads(Path(stack.template_path).read_text())
            if any(name.startswith("Open") for name in template["Resources"]):
                yield PolicyViolation(
                    rule_name="Pack-Open",
                    description="a bucket is open",
                    severity="error",
                    violating_resources=[
                        PolicyViolatingResource(construct_path=f"{stack.stack_construct_path}/Open", locations=["x"])
                    ],
                )


@pytest.fixture
def pack():
    return Counted()


@pytest.fixture
def synthesise(tmp_path, pack):
    """Synthesise two stacks with a bucket each, as often as one likes, each time into a folder of its own."""

    runs = iter(range(10))

    def synthesise(*, bucket="Good", accept=(), versioned=False, identity=("1",), memory=True, region="us-east-1"):
        app = App(
            outdir=str(tmp_path / str(next(runs))), analytics_reporting=False, builtin_cloud_formation_validation=False
        )
        s3.Bucket(Stack(app, "Plain"), "Good")
        changing = Stack(app, "Changing", env=Environment(region=region))
        open_bucket = s3.Bucket(changing, bucket, versioned=versioned)
        acknowledge(open_bucket, *accept, reason="a test")
        kept = Memory(tmp_path / "memory") if memory else None
        Validations.of(app).add_plugins(OncePerTemplate(app, PACK, pack, identity=list(identity), memory=kept))
        return app.synth()

    return synthesise


def test_the_same_templates_are_examined_once(synthesise, pack):
    synthesise()
    synthesise()

    assert sorted(pack.asked) == ["Changing", "Plain"]


def test_a_changed_template_is_examined_again_and_no_other(synthesise, pack):
    synthesise()
    pack.asked.clear()
    synthesise(versioned=True)

    assert pack.asked == ["Changing"]


def test_the_same_template_in_another_region_is_examined_by_itself(synthesise, pack):
    synthesise()
    pack.asked.clear()
    synthesise(region="eu-west-1")

    assert pack.asked == ["Changing"]


def test_what_lies_in_no_readable_assembly_is_examined_each_time(pack, tmp_path):
    template = tmp_path / "Alone.template.json"
    template.write_text('{"Resources": {}}')
    stack = PolicyValidationStack(
        stack_construct_path="Alone", template_path=str(template), account_id="", region="us-east-1"
    )
    context = SimpleNamespace(template_paths=[str(template)], stack_templates=[stack])
    plugin = OncePerTemplate(None, PACK, pack, identity=["1"], memory=Memory(tmp_path / "memory"))

    for _ in range(2):
        assert plugin.validate(context).success
    assert pack.asked == ["Alone", "Alone"]


def test_without_a_memory_everything_is_examined_each_time(synthesise, pack):
    synthesise(memory=False)
    synthesise(memory=False)

    assert len(pack.asked) == 4


def test_another_version_of_the_rules_examines_again(synthesise, pack):
    synthesise(identity=["1"])
    synthesise(identity=["2"])

    assert len(pack.asked) == 4


def test_a_finding_fails_each_time_though_it_is_looked_for_once(synthesise, pack):
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a bucket is open"):
            synthesise(bucket="Open")

    assert len(pack.asked) == 2


def test_a_finding_fails_where_another_content_is_remembered(synthesise):
    synthesise()

    with pytest.raises(RuntimeError, match="Pack-Open"):
        synthesise(bucket="Open")


def test_what_is_no_longer_accepted_fails_though_the_template_is_the_same(synthesise):
    synthesise(bucket="Open", accept=["Pack-Open"])

    with pytest.raises(RuntimeError, match="Pack-Open"):
        synthesise(bucket="Open")


def test_the_report_is_the_same_whether_remembered_or_not(synthesise):
    first, second = (synthesise(bucket="Open", accept=["Pack-Open"]) for _ in range(2))

    reports = [(Path(assembly.directory) / "validation-report.json").read_text() for assembly in (first, second)]
    assert "a bucket is open" in reports[0]
    assert reports[0] == reports[1]


def test_a_rule_pack_that_breaks_fails_each_time_and_is_not_remembered(synthesise, pack, tmp_path):
    pack.asked = None  # so that it raises

    for _ in range(2):
        with pytest.raises(RuntimeError, match="Pack"):
            synthesise()
    assert not (tmp_path / "memory").exists()
