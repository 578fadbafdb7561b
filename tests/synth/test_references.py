"""No stack holds another back, and none makes CloudFormation replace what cannot change in place (ADR 22)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.synth.assemblies import ENVIRONMENTS, Assembly, synthesise
from tests.synth.schemas import schema

EVERYTHING = (
    "regions=[us-east-1, eu-west-1]",
    "network.zones=[us-east-1a, us-east-1b, eu-west-1b, eu-west-1c]",
    "regional.eu-west-1.network.cidr=10.78.0.0/16",
    "network.egress=nat",
    "dns.visibility=public",
    "dns.zone_name=example.org",
    "records.function_names=true",
    "cache.backend=valkey",
)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    return synthesise("development", tmp_path_factory.mktemp("everything"), overrides=EVERYTHING)


def create_only_names(kind: str) -> set[str]:
    return {path.split("/")[2] for path in schema(kind).get("createOnlyProperties", [])}


def bodies(assembly: Assembly) -> dict[str, dict[str, Any]]:
    return {path.name: json.loads(path.read_text()) for path in assembly.folder.glob("*.template.json")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_stack_exports_anything(environment, assembly):
    exported = [
        f"{name} {key}"
        for name, body in bodies(assembly(environment)).items()
        for key, output in body.get("Outputs", {}).items()
        if "Export" in output
    ]

    assert exported == []


def test_nothing_that_cannot_change_in_place_comes_from_an_output_of_another_stack(everything):
    found = [
        f"{name} {logical_id} {property_name}"
        for name, body in bodies(everything).items()
        for logical_id, resource in body["Resources"].items()
        for property_name, value in resource.get("Properties", {}).items()
        if "Fn::GetStackOutput" in json.dumps(value) and property_name in create_only_names(resource["Type"])
    ]

    assert found == []


def test_what_cannot_change_in_place_is_known(everything):
    assert "VpcId" in create_only_names("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert "HostedZoneId" in create_only_names("AWS::Route53::RecordSet")


def test_records_elsewhere_find_the_zone_by_its_name(everything):
    home = everything.template("records").properties("AWS::Route53::RecordSet")
    abroad = everything.template("records-eu-west-1").properties("AWS::Route53::RecordSet")

    assert all("HostedZoneName" not in record for record in home)
    assert {record["HostedZoneName"] for record in abroad} == {"example.org."}
    assert all("HostedZoneId" not in record for record in abroad)
