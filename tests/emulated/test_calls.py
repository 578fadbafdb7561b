"""What a request is about: which operation, and which resource of which stack."""

from __future__ import annotations

import contextlib
import http.client
import re

import pytest

from emulator.faults.client import injected
from emulator.launcher import Emulator
from tests.emulated.conftest import Client, Stack


def calls(fault: object) -> list[str]:
    return [hit["call"] for hit in fault.describe()["recent"]]


def test_operations_of_s3_are_told_from_their_addresses(emulator: Emulator, client: Client) -> None:
    s3 = client("s3")
    with injected(emulator, "delay", service="s3", seconds=0) as fault:
        s3.create_bucket(Bucket="calls-bucket")
        s3.put_bucket_versioning(Bucket="calls-bucket", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket="calls-bucket", Key="a/b", Body=b"1")
        s3.copy_object(Bucket="calls-bucket", Key="c", CopySource="calls-bucket/a/b")
        s3.head_object(Bucket="calls-bucket", Key="a/b")
        s3.get_object(Bucket="calls-bucket", Key="a/b")
        s3.list_objects_v2(Bucket="calls-bucket")
        upload = s3.create_multipart_upload(Bucket="calls-bucket", Key="d")["UploadId"]
        s3.upload_part(Bucket="calls-bucket", Key="d", UploadId=upload, PartNumber=1, Body=b"1")
        s3.abort_multipart_upload(Bucket="calls-bucket", Key="d", UploadId=upload)
        s3.delete_objects(Bucket="calls-bucket", Delete={"Objects": [{"Key": "c"}]})

        assert calls(fault) == [
            "s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutObject", "s3:CopyObject", "s3:HeadObject",
            "s3:GetObject", "s3:ListObjectsV2", "s3:CreateMultipartUpload", "s3:UploadPart", "s3:AbortMultipartUpload",
            "s3:DeleteObjects",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("service", "method", "call"),
    [
        ("lambda", "list_layers", "lambda:ListLayers"),
        ("route53", "list_hosted_zones", "route53:ListHostedZones"),
        ("ec2", "describe_vpcs", "ec2:DescribeVpcs"),
        ("cloudwatch", "list_metrics", "monitoring:ListMetrics"),
        ("stepfunctions", "list_state_machines", "states:ListStateMachines"),
        ("imagebuilder", "list_images", "imagebuilder:ListImages"),
    ],
)
def test_operations_of_other_services(emulator: Emulator, client: Client, service: str, method: str, call: str) -> None:
    with injected(emulator, "delay", service=service, seconds=0) as fault:
        getattr(client(service), method)()

        assert calls(fault) == [call]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/", None),
        ("GET", "/favicon.ico", None),
        ("POST", "/", "Action=NoSuchAction&Version=2000-01-01"),
        ("POST", "/", "%00=%ff&&&"),
        ("PUT", "/2015-03-31/functions/a%2Fb/nothing", "{"),
    ],
)
def test_a_request_that_nobody_understands_is_left_as_it_is(
    emulator: Emulator, method: str, path: str, body: str | None
) -> None:
    def send() -> tuple[int, bytes]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)) as connection:
            connection.request(
                method, path, body, {"content-type": "application/x-www-form-urlencoded"} if body else {}
            )
            response = connection.getresponse()
            return response.status, re.sub(rb"[0-9a-f-]{32,}|[0-9A-Z]{16}", b"ID", response.read())

    without = send()
    with injected(emulator, "deny", service="ec2", action="RunInstances"):
        assert send() == without


def test_a_request_is_known_by_the_stack_that_its_resource_belongs_to(
    emulator: Emulator, client: Client, stack: Stack
) -> None:
    resources = {
        "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "on"}},
        "Bucket": {"Type": "AWS::S3::Bucket"},
    }
    stack.put(resources)
    with injected(emulator, "delay", stack=stack.name, seconds=0) as fault:
        client("ssm").get_parameter(Name=stack.physical_id("Parameter"))
        client("s3").list_objects_v2(Bucket=stack.physical_id("Bucket"))
        client("ssm").describe_parameters()

        assert calls(fault) == ["ssm:GetParameter", "s3:ListObjectsV2"]
