"""Rules over several parts of the configuration: what they refuse, and that none hides another."""

import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from config.models import Configuration
from config.models.rules import BrokenRulesError

ACCOUNT = "123456789012"
LIKE_THE_FIRST = {
    "vpc_id": "vpc-01234567",
    "cidr": "10.9.0.0/16",
    "secondary_cidrs": ["10.77.8.0/24"],
    "public_subnets": {"eu-west-1a": "subnet-0000000a", "eu-west-1b": "subnet-0000000b"},
}
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"


def make(**values):
    return Configuration(**{"environment": "development", **values})


def broken(**values) -> tuple[str, ...]:
    """Return what the broken rules say."""
    with pytest.raises(ValidationError) as caught:
        make(**values)
    (error,) = caught.value.errors()
    rules = error["ctx"]["error"]
    assert isinstance(rules, BrokenRulesError), rules
    return rules.messages


def in_regions(*regions: str, **values):
    """Return values of a deployment to several regions in which only what a test is about is wrong."""
    return {
        "regions": regions,
        "network": {"zones": [f"{region}{letter}" for region in regions for letter in "ab"]},
        "regional": {region: {"network": {"cidr": f"10.{10 + n}.0.0/16"}} for n, region in enumerate(regions)},
        "dns": {"visibility": "public", "zone_name": "example.org"},
        "records": {"routing": "weighted" if len(regions) > 1 else "simple"},
        **values,
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"environment": "local"}, 'account null: environment local .*; write account: "000000000000"'),
        ({"account": "000000000000"}, "account 000000000000: that is the emulator's account"),
        ({"lifetime_hours": 4}, "lifetime_hours 4: with removal retain the buckets"),
        ({"lifetime_hours": 4, "removal": "destroy"}, "lifetime_hours 4: counts from created_at"),
        (in_regions("us-east-1", "cn-north-1"), "they are in the partitions aws, aws-cn, and an account is in one"),
        (in_regions("us-east-9"), "regions us-east-9: no region that is known here; write us-east-2"),
        ({"exceptions": {"known-region": "opened last week"}}, "exceptions.known-region: all regions are known"),
        ({"identity": {"permissions_boundary_arn": BOUNDARY.replace("aws", "aws-cn")}}, "is of partition aws-cn"),
        ({"identity": {"permissions_boundary_arn": BOUNDARY}, "account": "1" * 12}, f"is of account {ACCOUNT}, and"),
        (in_regions("eu-west-1", regional={"eu-west-1": {"network": {"cidr": "10.0.0.0/8"}}}), "cidr 10.0.0.0/8"),
        (
            {"network": {"zones": ["us-east-1a", "eu-west-1b"]}},
            "network.zones eu-west-1b: not in the regions us-east-1",
        ),
        ({"network": {"zones": [f"us-east-1{letter}" for letter in "abcd"]}}, "two or three are needed"),
        (in_regions("us-east-1", "eu-west-1", regional={}), "which overlap, .*; give regional.eu-west-1.network.cidr"),
        (
            in_regions("us-east-1", "eu-west-1", regional={"eu-west-1": {"network": {"existing": LIKE_THE_FIRST}}}),
            "address blocks 10.77.0.0/16 and 10.77.8.0/24, which overlap",
        ),
        ({"fleet": {"scheme": "internet-facing"}}, "fleet.scheme internet-facing: a proxy that serves everyone"),
        (
            {
                "fleet": {"scheme": "internet-facing"},
                "proxy": {"allowed_client_networks": ["0.0.0.0/1", "128.0.0.0/1"]},
            },
            "proxy.allowed_client_networks 0.0.0.0/0: that lets in whole parts",
        ),
        ({"image": {"architecture": "x86_64", "build_instance_type": "t3.large"}}, "fleet.instance_types t4g.small is"),
        ({"fleet": {"instance_types": ["t4g.smal"]}}, "fleet.instance_types t4g.smal: no instance type .* t4g.small"),
        ({"image": {"build_instance_type": "t4g.extra"}}, "image.build_instance_type t4g.extra: no instance type"),
        ({"exceptions": {"known-instance-type": "since last week"}}, "known-instance-type: all instance types are"),
        (
            {"image": {"schedule": "cron(0 3 ? * MON 2020)"}},
            r"image.schedule cron\(.*\): is due in 2020 for the last time",
        ),
        (
            {"proxy": {"function_timeout_seconds": 10.5}, "functions": {"html_service": {"timeout_seconds": 10}}},
            "proxy.function_timeout_seconds 10.5 is more than functions.html_service.timeout_seconds 10",
        ),
        ({"proxy": {"function_timeout_seconds": 31}}, "function_timeout_seconds 31 is more than .*timeout_seconds 30"),
        ({"fleet": {"volume_gib": 8}}, "fleet.volume_gib 8 is less than image.volume_gib 12"),
        ({"storage": {"cache_expiration_days": 1}, "proxy": {"cache_ttl_seconds": 86_401}}, "write 86400 or less"),
    ],
)
def test_what_is_refused(values, message):
    messages = broken(**values)

    assert any(re.search(message, text) for text in messages), messages
    assert all("; " in text for text in messages), "each says after a semicolon how to mend it"


def test_a_region_without_zones_is_told_once():
    (message,) = broken(regions=["eu-west-1"], network={"egress": "nat"})

    assert message.startswith("network.zones us-east-1a, us-east-1b: not in the regions eu-west-1")


def test_no_broken_rule_hides_another_one():
    messages = broken(
        account="000000000000",
        fleet={"scheme": "internet-facing", "volume_gib": 8},
        network={"zones": ["us-east-1a", "eu-west-1b"]},
    )

    assert [message.split()[0] for message in messages] == [
        "account",
        "fleet.scheme",
        "fleet.volume_gib",
        "network.zones",
    ]


def test_a_proxy_on_the_internet_may_ask_for_passwords_instead_of_naming_networks():
    make(fleet={"scheme": "internet-facing"}, proxy={"authentication": {"required": True}})


def test_a_new_region_is_fine_with_a_reason():
    make(**in_regions("us-east-9", exceptions={"known-region": "AWS opened it on Monday"}))


def test_a_new_instance_type_is_fine_with_a_reason():
    make(fleet={"instance_types": ["t9g.small"]}, exceptions={"known-instance-type": "AWS announced it on Monday"})


def test_several_regions_are_fine():
    make(**in_regions("eu-west-1", "us-east-1", "ap-northeast-1"))


def test_a_lifetime_ends_hours_after_the_deployment_was_made():
    made = datetime(2026, 11, 21, 10, tzinfo=UTC)
    configuration = make(lifetime_hours=4, removal="destroy", created_at=made)

    assert configuration.expires_at == datetime(2026, 11, 21, 14, tzinfo=UTC)
    assert make(created_at=made).expires_at is None


def test_a_managed_policy_of_aws_is_of_no_account():
    make(account=ACCOUNT, identity={"permissions_boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess"})
