"""The dns stack: a private zone by default; what else there is stands in `test_base` and here."""

from __future__ import annotations

import pytest

from tests.synth.assemblies import synthesise


def test_a_private_zone_answers_the_network_and_has_no_name_servers(production):
    template = production("dns")

    assert len(template.only("AWS::Route53::HostedZone")["VPCs"]) == 1
    assert set(template.outputs()) == {"HostedZoneId"}


@pytest.mark.parametrize(("environment", "policy"), [("production", "RetainExceptOnCreate"), ("local", "Delete")])
def test_the_zone_stays_where_what_holds_data_does(assembly, environment, policy):
    (zone,) = assembly(environment).template("dns").resources("AWS::Route53::HostedZone").values()

    assert zone["DeletionPolicy"] == policy


def test_no_other_stack_holds_the_zone_fast(production):
    """An export that another stack imports can neither be changed nor removed."""
    assert [output for output in production("dns").body["Outputs"].values() if "Export" in output] == []


def test_an_existing_zone_is_not_made_again(tmp_path):
    assembly = synthesise("test", tmp_path, overrides=("dns.existing_zone_id=Z0123456789ABC",))

    # CloudFormation knows no stack without a resource.
    assert {each["Type"] for each in assembly.template("dns").body["Resources"].values()} == {
        "AWS::CloudFormation::WaitConditionHandle"
    }
    assert assembly.template("dns").outputs() == {"HostedZoneId": "Z0123456789ABC"}
    assert assembly.template("records").only("AWS::Route53::RecordSet")["HostedZoneId"] == "Z0123456789ABC"
