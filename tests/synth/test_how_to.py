"""Every step of the how-to pages works: files are valid and give what the page says, and commands succeed."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config import load
from config.loader import ENVIRONMENTS
from config.models import Configuration
from slipway.cli.app import run
from slipway.cli.world import World
from tests.synth.how_to import FOLDER, Typed, Written, new_folder, steps
from tests.synth.replacements import synthesise

PAGES = ("add-a-region", "add-an-environment", "bring-your-own-vpc")
CDK_COMMANDS = ("synth", "diff", "deploy", "destroy", "bootstrap")

Templates = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the configurations that a page leads to, in its order, by the environment's name."""

    @functools.cache
    def configurations(page: str) -> dict[str, list[Configuration]]:
        folder = new_folder(tmp_path_factory.mktemp(page))
        found: dict[str, list[Configuration]] = {}
        for step in steps(page):
            if isinstance(step, Written):
                (folder / f"{step.environment}.yaml").write_text(step.text, encoding="utf-8")
                found.setdefault(step.environment, []).append(load(step.environment, folder=folder))
        return found

    return configurations


@pytest.fixture(scope="module")
def templates(walk: Any) -> Any:
    """Return the templates of an environment of a page, as it is after its last step or an earlier one."""

    @functools.cache
    def get(page: str, environment: str, version: int = -1) -> Templates:
        return synthesise(walk(page)[environment][version])

    return get


def types(templates: Templates) -> set[str]:
    return {entry["Type"] for template in templates.values() for entry in template["Resources"].values()}


def names(templates: Templates, kind: str) -> list[str]:
    return sorted(
        name
        for template in templates.values()
        for name, entry in template["Resources"].items()
        if entry["Type"] == kind
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_shows_is_valid(walk: Any, page: str) -> None:
    assert walk(page)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_shows_leads_editors_to_the_schema(page: str) -> None:
    written = [step.text for step in steps(page) if isinstance(step, Written)]

    first = (ENVIRONMENTS / "base.yaml").read_text(encoding="utf-8").splitlines()[:2]
    assert {tuple(text.splitlines()[:2]) for text in written} == {tuple(first)}


def test_the_command_that_takes_the_protection_off_production_is_accepted() -> None:
    page = (FOLDER.parent / "aws.md").read_text(encoding="utf-8")
    (block,) = [each for each in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "termination_protection" in each]
    commands = block.replace("cdk", "printf '%s\\n'")
    words = subprocess.run(["bash", "-ec", commands], capture_output=True, text=True, check=True).stdout.splitlines()
    (override,) = [word.removeprefix("set=") for word in words if word.startswith("set=")]

    unprotected = load("production", overrides=[override])

    assert (unprotected.termination_protection, unprotected.fleet.deletion_protection) == (False, False)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_one_and_those_of_slipway_succeed(
    page: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = new_folder(tmp_path)
    world = World(environ={}, now=lambda: datetime.now(UTC), environments=folder)
    for step in steps(page):
        match step:
            case Written(environment, text):
                (folder / f"{environment}.yaml").write_text(text, encoding="utf-8")
            case Typed(("slipway", "image", command, *_)):  # which asks AWS, so that only its name is looked at here
                assert run(["image", command, "--help"], world) == 0, command
            case Typed(("slipway", *arguments)):
                assert run(arguments, world) == 0, (arguments, capsys.readouterr())
            case Typed(("cdk", command, *arguments)):
                assert command in CDK_COMMANDS
                chosen = [word.removeprefix("env=") for word in arguments if word.startswith("env=")]
                assert chosen or command == "bootstrap"
                assert all((folder / f"{name}.yaml").exists() for name in chosen)
            case Typed(words):
                assert words == ("eval", "$(make -s env)")


def test_a_new_environment_stands_beside_the_others(templates: Any) -> None:
    assert len(templates("add-an-environment", "preview")) == 9
    assert all(name.startswith("slipway-preview-") for name in templates("add-an-environment", "preview"))


def test_an_existing_vpc_is_used_and_none_is_made(templates: Any) -> None:
    kinds = types(templates("bring-your-own-vpc", "company"))

    assert not kinds & {
        "AWS::EC2::VPC",
        "AWS::EC2::Subnet",
        "AWS::EC2::Route",
        "AWS::EC2::FlowLog",
        "AWS::EC2::NatGateway",
    }
    assert "AWS::EC2::SecurityGroup" in kinds


def test_an_internet_facing_load_balancer_stands_in_the_public_subnets(templates: Any) -> None:
    fleet = templates("bring-your-own-vpc", "company2")["slipway-company2-fleet"]["Resources"]
    (balancer,) = [each for each in fleet.values() if each["Type"] == "AWS::ElasticLoadBalancingV2::LoadBalancer"]
    (group,) = [each for each in fleet.values() if each["Type"] == "AWS::AutoScaling::AutoScalingGroup"]

    assert balancer["Properties"]["Subnets"] == ["subnet-0123456789abcdef2", "subnet-0123456789abcdef3"]
    assert group["Properties"]["VPCZoneIdentifier"] == ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]


def test_existing_roles_are_used_and_the_others_are_made(templates: Any) -> None:
    identity = {"identity": templates("bring-your-own-vpc", "company")["slipway-company-identity"]}

    made = names(identity, "AWS::IAM::Role")
    assert len(made) == 3
    assert not any(name.startswith(("InstanceRole", "CacheServiceRole")) for name in made)


def test_rules_of_the_account_hold_for_every_role(templates: Any) -> None:
    roles = [
        entry["Properties"]
        for template in templates("bring-your-own-vpc", "company2").values()
        for entry in template["Resources"].values()
        if entry["Type"] == "AWS::IAM::Role"
    ]

    assert roles
    assert {role.get("PermissionsBoundary") for role in roles} == {"arn:aws:iam::123456789012:policy/boundary"}
    assert {role.get("Path") for role in roles} == {"/proxy/"}
    assert {role.get("RoleName", "")[:5] for role in roles} == {"acme-"}


def test_zone_image_and_bucket_that_exist_are_not_made(templates: Any) -> None:
    company = templates("bring-your-own-vpc", "company")

    assert "AWS::Route53::HostedZone" not in types(company)
    assert not any(kind.startswith("AWS::ImageBuilder::") for kind in types(company))
    assert len(names(company, "AWS::S3::Bucket")) == 2


def test_a_further_region_changes_nothing_that_stands(templates: Any) -> None:
    before, after = templates("add-a-region", "world", 0), templates("add-a-region", "world", 1)

    added = {name for name in after if name not in before}
    changed = sorted(name for name in before if before[name] != after[name])
    assert len(added) == 7
    assert all(name.endswith("-eu-west-1") for name in added)
    # What exists once knows of all regions: where the image is copied to, the budget, and its line in the dashboard.
    assert set(changed) <= {"slipway-world-image", "slipway-world-observability"}
    assert "slipway-world-image" in changed


def test_a_region_with_weight_nought_gets_nobody(templates: Any) -> None:
    records = templates("add-a-region", "world")["slipway-world-records-eu-west-1"]["Resources"].values()

    assert {each["Properties"]["Weight"] for each in records if each["Type"] == "AWS::Route53::RecordSet"} == {0}


def test_one_region_may_be_the_spare_of_the_other(templates: Any) -> None:
    spare = templates("add-a-region", "spare")

    roles = {
        name: entry["Properties"]["Failover"]
        for name in spare
        for entry in spare[name]["Resources"].values()
        if entry["Type"] == "AWS::Route53::RecordSet"
    }
    assert roles == {"slipway-spare-records": "PRIMARY", "slipway-spare-records-eu-west-1": "SECONDARY"}


def test_yaml_that_does_not_say_which_file_it_is_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "page.md").write_text("```yaml\na: 1\n```\n")
    monkeypatch.setattr("tests.synth.how_to.FOLDER", tmp_path)

    with pytest.raises(ValueError, match="say which file this is"):
        list(steps("page"))


def test_the_pages_are_there() -> None:
    assert all((FOLDER / f"{page}.md").exists() for page in PAGES)
