"""Physical names: all of one place's making, each within what AWS allows at its longest, and no two alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.models import Configuration
from config.naming import Names
from contract.components import Function, Stack
from tests.synth.assemblies import ROOT
from tests.synth.schemas import schema

LONGEST_PROJECT, LONGEST_ENVIRONMENT = "p" * 12, "e" * 11
LONGEST_REGIONS = ("us-isof-south-1", "us-isof-east-1")
"""No name of a region has more characters than the first."""

LIMITS = {
    "AWS::AutoScaling::AutoScalingGroup": 255,
    "AWS::CloudFormation::Stack": 128,
    "AWS::CloudWatch::Dashboard": 255,
    "AWS::EC2::LaunchTemplate": 128,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": 32,
    "AWS::ElasticLoadBalancingV2::TargetGroup": 32,
    "AWS::ElastiCache::ServerlessCache": 40,
    "AWS::IAM::InstanceProfile": 128,
    "AWS::IAM::Role": 64,
    "AWS::ImageBuilder::Component": 128,
    "AWS::ImageBuilder::DistributionConfiguration": 128,
    "AWS::ImageBuilder::ImagePipeline": 128,
    "AWS::ImageBuilder::ImageRecipe": 128,
    "AWS::ImageBuilder::InfrastructureConfiguration": 128,
    "AWS::ImageBuilder::LifecyclePolicy": 128,
    "AWS::Lambda::Function": 64,
    "AWS::S3::Bucket": 63,
    "AWS::SNS::Topic": 256,
    "AWS::SSM::Parameter": 1011,
    "AWS::SecretsManager::Secret": 512,
}
"""Longest names by type, of the services' own references where the registry says none, or too much."""

GLOBAL = ("AWS::IAM::", "AWS::S3::", "AWS::Budgets::", "AWS::CloudWatch::Dashboard")
"""Types whose names all regions of an account share, or the whole world."""

OTHERWISE = ("AWS::Route53::", "AWS::Lambda::Alias", "AWS::AutoScaling::LifecycleHook")
"""Types whose names are names in DNS, or names within something that has one of ours."""

type Named = tuple[str, str, str]
"""Region, type and name of a resource."""


def everything(project: str, environment: str, regions: tuple[str, ...]) -> Configuration:
    """Return a configuration that makes a resource of every kind there is."""
    return Configuration.model_validate(
        {
            "project": project,
            "environment": environment,
            "account": "123456789012",
            "regions": regions,
            "network": {"zones": [f"{region}{zone}" for region in regions for zone in "ab"], "egress": "nat"},
            "regional": {regions[1]: {"network": {"cidr": "10.78.0.0/16"}}},
            "dns": {"visibility": "public", "zone_name": "example.org"},
            "records": {"health": {"kind": "alarm"}, "function_names": True},
            "cache": {"backend": "valkey"},
            "storage": {"cache": {"encryption": "kms"}},
            "proxy": {"authentication": {"required": True}},
            "identity": {
                "role_name_prefix": "r" * 32,
                "github": {"repository": "example/slipway", "diff_on_pull_requests": True},
            },
            "budget": {"monthly_usd": 100},
        }
    )


@cache
def names(project: str, environment: str, regions: tuple[str, ...]) -> tuple[Named, ...]:
    """Return the names that a deployment's templates give."""
    from aws_cdk import App

    from stacks.proxy_platform.blueprint import add_proxy_platform

    with TemporaryDirectory() as folder:
        context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:bundling-stacks": []}
        app = App(outdir=folder, context=context, builtin_cloud_formation_validation=False)
        add_proxy_platform(app, everything(project, environment, regions), root=ROOT)
        manifest = app.synth()
        return tuple(
            (stack.environment.region, *named)
            for stack in manifest.stacks
            for named in (
                ("AWS::CloudFormation::Stack", stack.stack_name),
                *_named(json.loads(Path(stack.template_full_path).read_text(encoding="utf-8"))),
            )
        )


def _named(template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in template["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        for key in _name_keys(kind):
            if isinstance(properties.get(key), str) and not kind.startswith(OTHERWISE):
                yield kind, properties[key]


def _name_keys(kind: str) -> list[str]:
    """Return the properties that name a resource: those that end so and cannot change."""
    found = [path.removeprefix("/properties/") for path in schema(kind).get("createOnlyProperties", ())]
    return [key for key in found if key == "Name" or (re.fullmatch(r"[A-Za-z]*Name", key) and _is_own(kind, key))]


def _is_own(kind: str, key: str) -> bool:
    """Return whether a property names the resource itself, not another one such as its function."""
    own = {f"/properties/{key}", f"/properties/{key}".lower()}
    return not own.isdisjoint(schema(kind).get("primaryIdentifier", ()))


@pytest.fixture(scope="module")
def longest() -> tuple[Named, ...]:
    return names(LONGEST_PROJECT, LONGEST_ENVIRONMENT, LONGEST_REGIONS)


def test_names_of_many_kinds_are_looked_at(longest: tuple[Named, ...]) -> None:
    assert {kind for _, kind, _ in longest} >= {"AWS::IAM::Role", "AWS::S3::Bucket", "AWS::Lambda::Function"}
    assert len(longest) > 100


def test_every_name_begins_with_project_and_environment(longest: tuple[Named, ...]) -> None:
    own = rf"{LONGEST_PROJECT}[-/]{LONGEST_ENVIRONMENT}[-/]"
    cut = rf"r{{32}}{LONGEST_PROJECT}-eeee.*-[0-9a-f]{{8}}$"
    form = re.compile(rf"(/|alias/|/aws/lambda/|/aws/imagebuilder/(pipeline/)?)?{own}|{cut}")
    strange = [named for named in longest if not form.match(named[2])]

    assert strange == []


def test_the_longest_names_are_what_aws_allows(longest: tuple[Named, ...]) -> None:
    for _, kind, name in longest:
        known = [schema(kind)["properties"][key] for key in _name_keys(kind)]
        limit = LIMITS.get(kind) or next((found["maxLength"] for found in known if "maxLength" in found), None)
        assert limit, f"say in LIMITS how long the name of an {kind} may be"
        assert len(name) <= limit, f"{kind} {name} has {len(name)} characters, and {limit} are allowed"


def test_no_two_resources_have_one_name(longest: tuple[Named, ...]) -> None:
    local = [named for named in longest if not named[1].startswith(GLOBAL)]
    shared = [named[1:] for named in longest if named[1].startswith(GLOBAL)]

    assert len(local) == len(set(local))
    assert len(shared) == len(set(shared)), "IAM and S3 know no regions"


def test_deployments_beside_one_another_share_no_name(longest: tuple[Named, ...]) -> None:
    other = names(LONGEST_PROJECT, "other", LONGEST_REGIONS)

    assert set(longest).isdisjoint(other)
    assert {named[1:] for named in longest}.isdisjoint(named[1:] for named in other)


type Inputs = tuple[str, str, str, str]
"""Project, environment, region, and what is named."""

_PROJECTS = st.from_regex(r"[a-z](-?[a-z0-9]){1,5}", fullmatch=True).filter(lambda text: len(text) <= 12)
_ENVIRONMENTS = st.from_regex(r"[a-z][a-z0-9]{1,10}", fullmatch=True)
_REGIONS = st.sampled_from(["us-east-1", "eu-west-1", "us-isof-south-1"])
_SHORT = st.sampled_from([*Function, *Stack, "proxy", "alarms", "instance", "region-health", "artifacts", "cache"])


@given(*[st.tuples(_PROJECTS, _ENVIRONMENTS, _REGIONS, _SHORT)] * 2)
def test_what_is_different_is_called_differently(one: Inputs, other: Inputs) -> None:
    def called(project: str, environment: str, region: str, short: str) -> list[str]:
        made = Names(project, environment, "123456789012", region, role_prefix="r" * 32)
        return [f"{region} {made.resource(short)}", made.role(short), made.bucket(short), made.parameter(short)]

    same = [a == b for a, b in zip(called(*one), called(*other), strict=True)]

    # Parameters are of a region; all else that is the same names the same thing.
    assert (one == other) == all(same)
    assert one == other or not any(same[:3])
