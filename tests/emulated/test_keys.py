"""Keys of KMS as templates describe them, and buckets that are encrypted with them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated.test_drift import Drift


def resources(**key: Any) -> dict[str, Any]:
    statement = {
        "Sid": "Manage",
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
        "Action": "kms:*",
        "Resource": "*",
    }
    properties = {
        "KeyPolicy": {"Version": "2012-10-17", "Statement": [statement]},
        "EnableKeyRotation": True,
        "PendingWindowInDays": 7,
        "Tags": [{"Key": "team", "Value": "a"}],
    }
    rule = {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}},
    }
    return {
        "Key": {"Type": "AWS::KMS::Key", "Properties": properties | key},
        "Alias": {
            "Type": "AWS::KMS::Alias",
            "Properties": {"AliasName": {"Fn::Sub": "alias/${AWS::StackName}"}, "TargetKeyId": {"Ref": "Key"}},
        },
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketEncryption": {"ServerSideEncryptionConfiguration": [rule]}},
        },
    }


OUTPUTS = {"Key": {"Ref": "Key"}, "Arn": {"Fn::GetAtt": ["Key", "Arn"]}, "Bucket": {"Ref": "Bucket"}}


@pytest.mark.behaviour("KMS", "a key has the rotation, policy, alias and tags of its template")
def test_a_key(stack, client):
    kms = client("kms")
    outputs = stack.put(resources(), OUTPUTS)

    assert kms.describe_key(KeyId=f"alias/{stack.name}")["KeyMetadata"]["Arn"] == outputs["Arn"]
    assert kms.get_key_rotation_status(KeyId=outputs["Key"])["KeyRotationEnabled"] is True
    assert "Manage" in kms.get_key_policy(KeyId=outputs["Key"], PolicyName="default")["Policy"]
    assert {"TagKey": "team", "TagValue": "a"} in kms.list_resource_tags(KeyId=outputs["Key"])["Tags"]
    again = stack.put(resources(Description="changed", Tags=[{"Key": "team", "Value": "b"}]), OUTPUTS)

    assert again == outputs
    assert kms.describe_key(KeyId=outputs["Key"])["KeyMetadata"]["Description"] == "changed"
    assert {"TagKey": "team", "TagValue": "b"} in kms.list_resource_tags(KeyId=outputs["Key"])["Tags"]


@pytest.mark.behaviour(
    "KMS", "a key that goes with its stack waits as long as its template says, and its alias is gone"
)
def test_a_key_that_goes(stack, client):
    kms = client("kms")
    key = stack.put(resources(), OUTPUTS)["Key"]
    stack.delete()

    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert found["KeyState"] == "PendingDeletion"
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=f"alias/{stack.name}")


@pytest.mark.behaviour("S3", "an object in a bucket with a key of KMS is encrypted with it, and says so")
def test_a_bucket_with_a_key(stack, client):
    s3 = client("s3")
    outputs = stack.put(resources(), OUTPUTS)

    put = s3.put_object(Bucket=outputs["Bucket"], Key="page", Body=b"text")
    found = s3.get_object(Bucket=outputs["Bucket"], Key="page")
    for seen in (put, found):
        assert seen["ServerSideEncryption"] == "aws:kms"
        assert seen["SSEKMSKeyId"] == outputs["Arn"]
        assert seen["BucketKeyEnabled"] is True
    assert found["Body"].read() == b"text"
    s3.delete_object(Bucket=outputs["Bucket"], Key="page")


@pytest.mark.behaviour("CloudFormation", "a bucket with a key and rules that move objects has not drifted by itself")
def test_what_was_just_made_has_not_drifted(stack, client):
    made = resources()
    made["Bucket"]["Properties"]["LifecycleConfiguration"] = {
        "Rules": [
            {
                "Id": "age",
                "Status": "Enabled",
                "Prefix": "",
                "ExpirationInDays": 90,
                "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 30}],
            }
        ]
    }
    stack.put(made, OUTPUTS)

    assert Drift(stack, client("cloudformation")).detect() == "IN_SYNC"
