"""The table of rights knows every resource type of our stacks."""

from __future__ import annotations

import json
from pathlib import Path

from emulator.rights.resource_types import RIGHTS

SNAPSHOTS = Path(__file__).resolve().parents[4] / "tests" / "synth" / "snapshots"
ON_DEMAND = {
    "AWS::ElastiCache::ServerlessCache",
    "AWS::IAM::OIDCProvider",
    "AWS::KMS::Alias",
    "AWS::Route53::HealthCheck",
}
"""Types that come with settings which none of the environments uses."""
OF_OTHERS = {"AWS::ImageBuilder::Image"}
"""Types that only templates of others use."""


def types_of_our_stacks() -> set[str]:
    templates = [json.loads(path.read_text()) for path in SNAPSHOTS.glob("*/*.json")]
    return {resource["Type"] for template in templates for resource in template["Resources"].values()}


def test_each_type_of_our_stacks_is_known():
    assert {name for name in types_of_our_stacks() if not name.startswith("Custom::")} <= RIGHTS.keys()


def test_no_type_is_known_that_no_stack_has():
    assert RIGHTS.keys() - ON_DEMAND - OF_OTHERS <= types_of_our_stacks()
    assert RIGHTS.keys() - types_of_our_stacks() >= ON_DEMAND | OF_OTHERS


def test_each_property_with_tags_has_an_action():
    templates = [json.loads(path.read_text()) for path in SNAPSHOTS.glob("*/*.json")]
    tagged = {
        resource["Type"]
        for template in templates
        for resource in template["Resources"].values()
        if {"Tags", "HostedZoneTags"} & resource.get("Properties", {}).keys()
    }
    assert {name for name in tagged if not RIGHTS[name].tag} == set()
