"""Which resources a change of a setting replaces: the accepted table is true, and nothing that holds data is in it."""

from __future__ import annotations

import re

import pytest

from config import load
from tests.synth.other_values import FIXED
from tests.synth.replacements import (
    LEFT,
    PAGE,
    PERHAPS,
    REFUSED,
    RELEASED,
    REMOVED,
    REPLACED,
    TABLE,
    Effect,
    Laboratory,
    as_json,
    as_page,
    effects,
    read,
)
from tests.synth.settings import (
    BASE,
    another,
    changes,
    given,
    groups,
    inner_settings,
    inside,
    is_valid,
    patched,
    settings,
)

KEPT = {
    "AWS::CloudFormation::Stack",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
"""What holds data, or has addresses and names that people use."""

ANOTHER_ZONE = "a zone is its name and its visibility; another is another zone, whose name servers differ"
NO_IMAGE = "without builds there is nothing to log; their old logs stay as long as their retention says"
YOUR_BUCKET = "a bucket of yours takes the place of ours, which stays with all that it holds"
OTHER_SUBNETS = "AWS moves no load balancer to other subnets of the same zones"
YOUR_NETWORK = "a network of yours takes the place of ours, and flows are logged by who owns it"
YOUR_KEY = "a key of yours takes the place of ours, which stays for the objects that it encrypted"
REBUILDS = {
    "dns.existing_zone_id": "a zone of yours takes the place of ours, which stays until you delete it",
    "dns.visibility": ANOTHER_ZONE,
    "dns.zone_name": ANOTHER_ZONE,
    "fleet.scheme": "AWS gives a load balancer its addresses once, on the internet or within the network",
    "image.ami_id": NO_IMAGE,
    "network.egress": OTHER_SUBNETS,
    "network.existing": YOUR_NETWORK,
    "network.existing.private_subnets.*": OTHER_SUBNETS,
    "network.no_flow_logs_reason": "flows are logged no more; the log of the old ones stays as long as it says",
    "regional.*.network.egress": OTHER_SUBNETS,
    "regional.*.network.existing": YOUR_NETWORK,
    "regions": "a region is a place, so another one is a move: all is made there, and what stands here stays",
    "storage.artifacts.existing_name": YOUR_BUCKET,
    "storage.cache.existing_name": YOUR_BUCKET,
    "storage.cache.key_arn": YOUR_KEY,
    "storage.configuration.existing_name": YOUR_BUCKET,
    "storage.configuration.key_arn": YOUR_KEY,
}
"""Settings that replace or remove what is kept, and why that cannot be otherwise; none of them is routine."""


def test_no_routine_change_replaces_what_is_kept():
    dangerous = {path for path, found in read().items() if any(effect.kind in KEPT for effect in found)}

    assert dangerous == REBUILDS.keys()
    assert [reason for reason in REBUILDS.values() if len(reason.split()) < 6] == []


def test_the_table_has_every_setting_and_no_other():
    assert read().keys() == {change.path for change in changes()}


@pytest.mark.parametrize(
    "path",
    [
        "fleet.listeners[].protocol",
        "identity.existing.functions.*",
        "identity.github.environment",
        "network.existing.private_subnets.*",
        "network.existing.vpc_id",
        "regional.*.network.cidr",
        "regions",
    ],
)
def test_what_is_within_something_is_changed_too(path):
    assert path in {change.path for change in changes()}


def test_table_and_page_say_the_same():
    assert TABLE.read_text() == as_json(read())
    assert PAGE.read_text() == as_page(read())


def test_what_is_fixed_has_no_other_value():
    base = load(BASE)
    fields = {path: (field, given(path)) for path, field in settings(without=())}
    fields |= {path: (field, inside(path)) for path, field in inner_settings()}

    assert fields.keys() >= set(FIXED)
    for path in FIXED:
        field, before = fields[path]
        with pytest.raises(LookupError, match=re.escape(path)):
            another(patched(base, before), path, field)


def test_changes_do_to_resources_what_the_table_says():
    wrong = [
        f"{', '.join(change.path for change in group)}: {sorted(difference)}"
        for group, difference in Laboratory().differences(read())
    ]

    assert wrong == [], "if this is meant: python -m tests.synth.replacements"


def bucket(name="pages", **more):
    return {
        "a-b-storage": {"Resources": {"Pages": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **more}}}}
    }


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (bucket(name="other"), {REPLACED}),
        (bucket(Tags=[]), set()),
        ({"a-b-storage": {"Resources": {}}}, {REMOVED}),
        ({"a-b-storage": {"Resources": {"Pages": {"Type": "AWS::S3::Bucket"}}}}, {REPLACED}),
        ({}, {REMOVED}),
        ({"a-b-storage": {"Resources": {"Renamed": {"Type": "AWS::S3::Bucket"}}}}, {REPLACED}),
    ],
)
def test_what_becomes_of_a_bucket(after, what):
    assert effects(bucket(), after) == {Effect("storage", "AWS::S3::Bucket", each) for each in what}


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_bucket_that_is_retained_is_let_go_and_not_removed(policy):
    before = bucket()
    before["a-b-storage"]["Resources"]["Pages"]["DeletionPolicy"] = policy

    assert effects(before, {}) == {Effect("storage", "AWS::S3::Bucket", RELEASED)}


def test_what_names_a_replaced_resource_for_good_is_replaced_with_it():
    """A subnet belongs to its VPC for good; a route table of another stack, too, which learns of it by an output."""

    def templates(cidr):
        return {
            "a-b-network": {
                "Resources": {
                    "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": cidr}},
                    "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}}},
                    "Id": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/vpc", "Value": {"Ref": "Vpc"}}},
                },
                "Outputs": {"Vpc": {"Value": {"Fn::GetAtt": ["Vpc", "VpcId"]}}},
            },
            "a-b-fleet": {
                "Parameters": {"Id": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/vpc"}},
                "Resources": {
                    "Table": {
                        "Type": "AWS::EC2::RouteTable",
                        "Properties": {
                            "VpcId": {"Fn::GetStackOutput": {"StackName": "a-b-network", "OutputName": "Vpc"}}
                        },
                    },
                    "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": {"Ref": "Id"}}},
                    "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Id"}}},
                },
            },
        }

    found = effects(templates("10.0.0.0/16"), templates("10.1.0.0/16"))

    assert {(effect.stack, effect.kind) for effect in found} == {
        ("network", "AWS::EC2::VPC"),
        ("network", "AWS::EC2::Subnet"),
        ("fleet", "AWS::EC2::RouteTable"),
        ("fleet", "AWS::EC2::SecurityGroup"),
    }


def test_what_names_something_that_goes_through_a_parameter_is_replaced_though_its_template_is_the_same():
    def templates(zone):
        value = {"Ref": zone}
        record = {"Type": "AWS::Route53::RecordSet", "Properties": {"HostedZoneId": {"Ref": "Id"}, "Name": "proxy"}}
        return {
            "a-b-dns": {
                "Resources": {
                    zone: {"Type": "AWS::Route53::HostedZone", "Properties": {}},
                    "Id": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/zone", "Value": value}},
                },
            },
            "a-b-records": {
                "Parameters": {"Id": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/zone"}},
                "Resources": {"Record": record},
            },
        }

    assert effects(templates("Private"), templates("Public")) == {
        Effect("dns", "AWS::Route53::HostedZone", REPLACED),
        Effect("records", "AWS::Route53::RecordSet", REPLACED),
    }


def test_what_is_new_is_no_replacement_though_it_names_something_that_is_replaced():
    after = bucket(name="other")
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Pages"}}}
    after["a-b-storage"]["Resources"]["Policy"] = policy

    assert effects(bucket(), after) == {Effect("storage", "AWS::S3::Bucket", REPLACED)}


def test_what_aws_decides_case_by_case_is_said_so():
    def group(template):
        properties = {"LaunchTemplate": template}
        return {
            "a-b-fleet": {"Resources": {"G": {"Type": "AWS::AutoScaling::AutoScalingGroup", "Properties": properties}}}
        }

    assert {each.what for each in effects(group({"Version": "1"}), group({"Version": "2"}))} == {PERHAPS}


@pytest.mark.parametrize(
    ("subnets", "what"),
    [(["a", "c"], {REFUSED}), (["a", "b", "c"], set()), (["a"], set()), (["b", "a"], set())],
)
def test_a_load_balancer_leaves_no_subnet_for_another_one(subnets, what):
    def balancer(subnets):
        kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
        return {"a-b-fleet": {"Resources": {"Balancer": {"Type": kind, "Properties": {"Subnets": subnets}}}}}

    assert {each.what for each in effects(balancer(["a", "b"]), balancer(subnets))} == what


def test_a_stack_whose_region_is_another_one_is_left_behind_and_nothing_of_it_is_replaced():
    here, there = (bucket() | {"a-b-dns": {"Resources": {}, "Region": region}} for region in ("us-east-1", "eu-west-1"))
    for templates, region in ((here, "us-east-1"), (there, "eu-west-1")):
        templates["a-b-storage"]["Region"] = region

    assert effects(here, there) == {
        Effect("dns", "AWS::CloudFormation::Stack", LEFT),
        Effect("storage", "AWS::CloudFormation::Stack", LEFT),
    }


def test_changes_that_contradict_each_other_stay_apart():
    found = groups(changes())

    assert sum(map(len, found)) == len(list(changes()))
    for group in found:
        paths = [path for change in group for path in change.patch]
        assert len(paths) == len(set(paths))
        assert not [path for path in paths for other in paths if other.startswith(f"{path}.")]
        assert is_valid(group[0].before, *(change.patch for change in group))
