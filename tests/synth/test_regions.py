"""Several regions: each has stacks of its own, and what exists once stands in the first."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.synth.assemblies import ALL_RULES, COMPONENTS, Assembly, Template, synthesise

ONCE = {"dns", "image"}
OVERRIDES = (
    "regions=[us-east-1, eu-west-1]",
    "network.zones=[us-east-1a, us-east-1b, eu-west-1b, eu-west-1c]",
    "regional.eu-west-1.network.cidr=10.78.0.0/16",
    "dns.visibility=public",
    "dns.zone_name=example.org",
)


@pytest.fixture(scope="module")
def two_regions(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise("development", tmp_path_factory.mktemp("regions"), overrides=OVERRIDES)


def stacks(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {key: value for key, value in assembly.manifest().items() if value["type"] == "aws:cloudformation:stack"}


def test_each_region_has_its_stacks_and_what_exists_once_stands_in_the_first(two_regions):
    home = {f"slipway-development-{component}": "us-east-1" for component in COMPONENTS}
    abroad = {f"slipway-development-{name}-eu-west-1": "eu-west-1" for name in COMPONENTS if name not in ONCE}

    found = {name: stack["environment"].rpartition("/")[2] for name, stack in stacks(two_regions).items()}

    assert found == home | abroad


def test_regions_wait_for_nothing_of_each_other_but_the_zone_and_the_image(two_regions):
    foreign = {
        (name, parent)
        for name, stack in stacks(two_regions).items()
        if name.endswith("-eu-west-1")
        for parent in stack["dependencies"]
        if not parent.removesuffix(".assets").endswith("-eu-west-1")
    }

    assert foreign == {
        ("slipway-development-records-eu-west-1", "slipway-development-dns"),
        ("slipway-development-fleet-eu-west-1", "slipway-development-image"),
    }


def test_a_region_has_its_own_zones_and_addresses(two_regions):
    network = two_regions.template("network-eu-west-1")

    assert network.only("AWS::EC2::VPC")["CidrBlock"] == "10.78.0.0/16"
    assert {subnet["AvailabilityZone"] for subnet in network.properties("AWS::EC2::Subnet")} == {
        "eu-west-1b",
        "eu-west-1c",
    }


def image_parameter(template: Template) -> str:
    return next(
        parameter["Default"]
        for parameter in template.body["Parameters"].values()
        if parameter["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    )


def test_one_image_is_built_and_copied_to_where_it_is_needed(two_regions):
    distribution = two_regions.template("image").only("AWS::ImageBuilder::DistributionConfiguration")
    [name] = {image_parameter(two_regions.template(fleet)) for fleet in ("fleet", "fleet-eu-west-1")}

    assert {
        part["Region"]: [each["ParameterName"] for each in part["SsmParameterConfigurations"]]
        for part in distribution["Distributions"]
    } == {"us-east-1": [name], "eu-west-1": [name]}
    assert "build" not in json.dumps(two_regions.template("network-eu-west-1").body)


def test_a_region_with_an_image_of_its_own_launches_that_one(tmp_path):
    own = "regional.us-east-1.image.ami_id=ami-0123456789abcdef0"
    assembly = synthesise("development", tmp_path, overrides=(*OVERRIDES, own), without=ALL_RULES)

    home, abroad = assembly.template("fleet"), assembly.template("fleet-eu-west-1")
    [template] = home.properties("AWS::EC2::LaunchTemplate")
    assert template["LaunchTemplateData"]["ImageId"] == "ami-0123456789abcdef0"
    distribution = assembly.template("image").only("AWS::ImageBuilder::DistributionConfiguration")
    announced = {part["Region"]: part.get("SsmParameterConfigurations") for part in distribution["Distributions"]}
    assert announced["us-east-1"] is None
    assert announced["eu-west-1"][0]["ParameterName"] == image_parameter(abroad)


def test_a_region_names_resources_of_its_own_only(two_regions):
    for component in set(COMPONENTS) - ONCE - {"records"}:
        text = json.dumps(two_regions.template(f"{component}-eu-west-1").body)
        assert "us-east-1" not in text, component
