"""What one is told of services and operations that the emulator lacks."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from emulator.launcher import Emulator


def bare(emulator: Emulator, service: str, credentials: tuple[str, str] = ("test", "test")):
    """A client without the check of shapes: no service of AWS knows the error that is asked for here."""
    return boto3.client(
        service, endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id=credentials[0], aws_secret_access_key=credentials[1],
    )  # fmt: skip


@pytest.mark.difference(
    "Services", aws="every service answers", here="one that is not emulated says so: NotImplemented, status 501"
)
@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("xray", "get_trace_summaries", {"StartTime": 0, "EndTime": 1}),  # REST with JSON
        ("compute-optimizer", "get_enrollment_status", {}),  # JSON
        ("redshift", "describe_clusters", {}),  # query
    ],
)
def test_a_service_that_is_not_emulated_says_so(emulator, service, operation, arguments):
    with pytest.raises(ClientError, match="is not emulated") as refused:
        getattr(bare(emulator, service), operation)(**arguments)

    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_operation_that_is_not_emulated_is_named_with_those_that_are(emulator):
    with pytest.raises(ClientError, match=r"DetectEntities of Amazon Comprehend is not emulated.*DetectSentiment"):
        bare(emulator, "comprehend").detect_entities(Text="x", LanguageCode="en")


@pytest.mark.behaviour("Services", "Comprehend, Pricing, Service Quotas and Cost Explorer need permission", aws=False)
def test_permission_is_needed(stack, client, emulator):
    user = {
        "Type": "AWS::IAM::User",
        "Properties": {
            "UserName": f"{stack.name}-user",
            "Policies": [
                {
                    "PolicyName": "quotas",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Allow", "Action": "servicequotas:GetServiceQuota", "Resource": "*"},
                            {"Effect": "Allow", "Action": "comprehend:DetectSentiment", "Resource": "*"},
                        ],
                    },
                }
            ],
        },
    }
    stack.put({"User": user})
    iam = client("iam")
    key = iam.create_access_key(UserName=f"{stack.name}-user")["AccessKey"]
    credentials = (key["AccessKeyId"], key["SecretAccessKey"])
    mine = {name: bare(emulator, name, credentials)
            for name in ("service-quotas", "comprehend", "pricing", "ce")}  # fmt: skip

    assert mine["service-quotas"].get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"]
    assert mine["comprehend"].detect_sentiment(Text="good", LanguageCode="en")["Sentiment"] == "POSITIVE"
    for call in (
        lambda: mine["service-quotas"].list_service_quotas(ServiceCode="vpc"),
        lambda: mine["comprehend"].batch_detect_sentiment(TextList=["good"], LanguageCode="en"),
        mine["pricing"].describe_services,
        lambda: mine["ce"].get_cost_and_usage(
            TimePeriod={"Start": "2026-01-01", "End": "2026-01-02"}, Granularity="DAILY", Metrics=["UnblendedCost"]
        ),
    ):
        with pytest.raises(ClientError, match="not authorized"):
            call()
    iam.delete_access_key(UserName=f"{stack.name}-user", AccessKeyId=key["AccessKeyId"])
