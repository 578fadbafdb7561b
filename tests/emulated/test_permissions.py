"""Policies are enforced: a role may do what its policy names, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.emulated.test_functions import function
from tests.emulated.test_storage import bucket

READER: dict[str, Any] = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                    "Action": "sts:AssumeRole",
                },
            ],
        },
        "Policies": [
            {
                "PolicyName": "own",
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["ssm:GetParametersByPath", "ssm:GetParameter"],
                            "Resource": [
                                "arn:aws:ssm:us-east-1:000000000000:parameter/mine",
                                "arn:aws:ssm:us-east-1:000000000000:parameter/mine/*",
                            ],
                        }
                    ],
                },
            }
        ],
    },
}


@pytest.fixture
def reader(stack, client, emulator):
    """Return SSM as the role of the stack may use it."""
    arn = stack.put({"Role": READER}, {"Arn": {"Fn::GetAtt": ["Role", "Arn"]}})["Arn"]
    session = client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.client(
        "ssm", endpoint_url=emulator.endpoint_url, region_name="us-east-1",
        aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )  # fmt: skip


def test_role_reads_below_its_own_path_only(reader, client):
    for name in ("/mine/a", "/other/a"):
        client("ssm").put_parameter(Name=name, Value="v", Type="String", Overwrite=True)

    found = reader.get_parameters_by_path(Path="/mine", Recursive=True)["Parameters"]

    assert [parameter["Name"] for parameter in found] == ["/mine/a"]
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_parameters_by_path(Path="/other", Recursive=True)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.get_parameter(Name="/other/a")


def test_function_may_do_what_its_role_may(stack, client):
    code = """
import boto3
def handler(event, context):
    try:
        boto3.client("s3").put_object(Bucket=event["bucket"], Key="k", Body=b"b")
    except Exception as error:
        return type(error).__name__ + " " + str(error)
    return "stored"
"""
    made = {"Role": json.loads(json.dumps(READER)), "Bucket": bucket(), "Function": function(Code={"ZipFile": code})}
    outputs = stack.put(made, {"Function": {"Ref": "Function"}, "Bucket": {"Ref": "Bucket"}})

    def call() -> str:
        payload = json.dumps({"bucket": outputs["Bucket"]})
        reply = client("lambda").invoke(FunctionName=outputs["Function"], Payload=payload)
        return json.loads(reply["Payload"].read())

    assert "AccessDenied" in call()
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}}
    made["Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"].append(statement)
    stack.put(made)
    assert call() == "stored"
    client("s3").delete_object(Bucket=outputs["Bucket"], Key="k")


def test_policy_that_wants_tls_does_not_lock_everyone_out(stack, client):
    policy = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "Bucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    }
                ],
            },
        },
    }
    name = stack.put({"Bucket": bucket(), "Policy": policy}, {"Name": {"Ref": "Bucket"}})["Name"]
    s3 = client("s3")

    s3.put_object(Bucket=name, Key="k", Body=b"b")
    s3.delete_object(Bucket=name, Key="k")
