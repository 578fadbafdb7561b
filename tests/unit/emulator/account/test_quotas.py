"""The table of quotas."""

from __future__ import annotations

import re

from emulator.account.quotas import QUOTAS, SERVICE_NAMES, quotas_of


def test_codes_are_well_formed_and_unique():
    assert len({quota.code for quota in QUOTAS}) == len(QUOTAS)
    assert all(re.fullmatch(r"L-[0-9A-F]{8}", quota.code) for quota in QUOTAS)
    assert {quota.service for quota in QUOTAS} == SERVICE_NAMES.keys()


def test_global_quotas_are_asked_in_one_region():
    assert [quota.name for quota in quotas_of("iam", "us-east-1") or []]
    assert quotas_of("iam", "eu-west-1") == []
    assert quotas_of("ec2", "eu-west-1") == quotas_of("ec2", "us-east-1")
    assert quotas_of("none", "us-east-1") is None
