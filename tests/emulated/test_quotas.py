"""Service quotas."""

from __future__ import annotations

import pytest


@pytest.mark.behaviour("Service Quotas", "a default quota is known by the codes of service and quota")
def test_a_default(client):
    quota = client("service-quotas").get_aws_default_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]

    assert (quota["QuotaName"], quota["Value"]) == ("VPCs per Region", 5.0)
    assert quota["QuotaArn"].endswith(":vpc/L-F678F1CE")


@pytest.mark.behaviour("Service Quotas", "an account has at least the default, alone and in the list of its service")
def test_the_quota_of_this_account(client):
    quotas = client("service-quotas")

    mine = quotas.get_service_quota(ServiceCode="elasticloadbalancing", QuotaCode="L-69A177A2")["Quota"]
    pages = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="elasticloadbalancing")
    listed = {each["QuotaCode"]: each for page in pages for each in page["Quotas"]}

    assert mine["Value"] >= 50
    assert listed["L-69A177A2"]["Value"] == mine["Value"]


@pytest.mark.behaviour("Service Quotas", "an unknown service or quota is refused: NoSuchResourceException")
def test_unknown_ones(client):
    quotas = client("service-quotas")

    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-00000000")
    with pytest.raises(quotas.exceptions.NoSuchResourceException):
        quotas.list_service_quotas(ServiceCode="none")


@pytest.mark.difference(
    "Service Quotas", aws="more of a resource than its quota is refused", here="quotas are told, and none is enforced"
)
def test_quotas_are_not_enforced(stack, client):
    quota = client("service-quotas").get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"]
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.90.0.0/16"}}

    stack.put({f"Network{number}": vpc for number in range(int(quota) + 1)})
