"""Keys of KMS as templates describe them, and buckets that are encrypted with them."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.people import allow, patient
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


KEY_ARN = "arn:aws:kms:*:*:key/*"


def of_key(*actions: str, **conditions: Any) -> dict[str, Any]:
    """Return a right on all keys, under conditions by their operator."""
    return allow(*actions, resource=KEY_ARN) | ({"Condition": conditions} if conditions else {})


@pytest.fixture
def encrypted(stack, client):
    """Return the name of a bucket with a key of its own, with the object `page`, and the key's id."""
    outputs = stack.put(resources(), OUTPUTS)
    client("s3").put_object(Bucket=outputs["Bucket"], Key="page", Body=b"text")
    yield outputs
    client("kms").enable_key(KeyId=outputs["Key"])
    for listed in client("s3").list_objects_v2(Bucket=outputs["Bucket"]).get("Contents", []):
        client("s3").delete_object(Bucket=outputs["Bucket"], Key=listed["Key"])


def denied(call: Any, action: str, code: str = "AccessDenied") -> None:
    with pytest.raises(ClientError, match=action) as refused:
        patient(call)
    assert refused.value.response["Error"]["Code"] == code


@pytest.mark.behaviour("S3", "who reads or writes encrypted objects needs rights on their key, too")
def test_rights_on_a_key(encrypted, people):
    place = {"Bucket": encrypted["Bucket"], "Key": "page"}
    nobody = people.user(allow("s3:*"))("s3")
    reader = people.user(allow("s3:*"), of_key("kms:Decrypt"))("s3")
    writer = people.user(allow("s3:*"), of_key("kms:GenerateDataKey"))("s3")

    denied(lambda: nobody.get_object(**place), "kms:Decrypt")
    denied(lambda: nobody.put_object(**place, Body=b"other"), "kms:GenerateDataKey")
    denied(lambda: reader.put_object(**place, Body=b"other"), "kms:GenerateDataKey")
    denied(lambda: reader.create_multipart_upload(**place), "kms:GenerateDataKey")
    denied(lambda: writer.copy_object(**place, CopySource=place), "kms:Decrypt")
    assert patient(lambda: nobody.head_object(**place))["ServerSideEncryption"] == "aws:kms"
    assert patient(lambda: reader.get_object(**place))["Body"].read() == b"text"
    patient(lambda: writer.put_object(**place, Body=b"other"))
    assert reader.get_object(**place)["Body"].read() == b"other"


@pytest.mark.behaviour("S3", "an upload in parts needs the right to decrypt, too")
def test_rights_for_an_upload_in_parts(encrypted, people):
    place = {"Bucket": encrypted["Bucket"], "Key": "parts"}
    writer = people.user(allow("s3:*"), of_key("kms:GenerateDataKey"))("s3")
    upload = patient(lambda: writer.create_multipart_upload(**place))["UploadId"]

    denied(lambda: writer.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part"), "kms:Decrypt")
    writer.abort_multipart_upload(**place, UploadId=upload)


@pytest.mark.behaviour("S3", "a right on a key may be bound to S3 and to the key's alias")
def test_conditions_of_a_right_on_a_key(encrypted, stack, client, people):
    region = client("s3").meta.region_name
    place = {"Bucket": encrypted["Bucket"], "Key": "page"}

    def reader(service: str, alias: str) -> Any:
        through = {"kms:ViaService": f"{service}.{region}.amazonaws.com"}
        right = of_key(
            "kms:Decrypt", StringEquals=through, **{"ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]}}
        )
        return people.user(allow("s3:GetObject"), right)("s3")

    own = f"alias/{stack.name}"
    denied(lambda: reader("sqs", own).get_object(**place), "kms:Decrypt")
    denied(lambda: reader("s3", "alias/other").get_object(**place), "kms:Decrypt")
    right = reader("s3", own)
    assert patient(lambda: right.get_object(**place))["Body"].read() == b"text"
    address = right.generate_presigned_url("get_object", Params=place)
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"text"


@pytest.mark.behaviour("S3", "a key's own policy has a say in who reads what it encrypts")
def test_policy_of_a_key(encrypted, client, people):
    place = {"Bucket": encrypted["Bucket"], "Key": "page"}
    reader = people.user(allow("s3:GetObject"), of_key("kms:Decrypt"))("s3")
    policy = json.loads(client("kms").get_key_policy(KeyId=encrypted["Key"], PolicyName="default")["Policy"])
    assert patient(lambda: reader.get_object(**place))

    shut = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
    only_readers = {**shut, "Condition": {"StringLike": {"aws:PrincipalArn": "*:user/*"}}}
    policy["Statement"].append(only_readers)
    client("kms").put_key_policy(KeyId=encrypted["Key"], PolicyName="default", Policy=json.dumps(policy))

    denied(lambda: reader.get_object(**place), "kms:Decrypt")


@pytest.mark.behaviour("S3", "what a disabled key has encrypted is neither read nor written, whoever asks")
def test_a_disabled_key(encrypted, client):
    s3, place = client("s3"), {"Bucket": encrypted["Bucket"], "Key": "page"}
    client("kms").disable_key(KeyId=encrypted["Key"])

    denied(lambda: s3.get_object(**place), "is disabled", "KMS.DisabledException")
    denied(lambda: s3.put_object(**place, Body=b"other"), "is disabled", "KMS.DisabledException")


@pytest.mark.behaviour("S3", "a write that names a key that does not exist is refused")
def test_a_key_that_does_not_exist(encrypted, client):
    key = f"{encrypted['Arn'][:-12]}000000000000"
    named = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    denied(
        lambda: client("s3").put_object(Bucket=encrypted["Bucket"], Key="other", Body=b"text", **named),
        "does not exist",
        "KMS.NotFoundException",
    )


@pytest.mark.difference(
    "KMS",
    aws="a right on a key may be bound to what is encrypted with it",
    here="S3 does not tell the encryption context, so that a right that is bound to it allows nothing",
)
def test_a_right_for_one_encryption_context(encrypted, people):
    bound = of_key("kms:Decrypt", StringLike={"kms:EncryptionContext:aws:s3:arn": "*"})
    reader = people.user(allow("s3:GetObject"), bound)("s3")

    denied(lambda: reader.get_object(Bucket=encrypted["Bucket"], Key="page"), "kms:Decrypt")


@pytest.mark.difference(
    "KMS",
    aws="whoever uses a key through another service needs rights on it",
    here="S3 asks the key, and CloudWatch that of a topic; Secrets Manager, Systems Manager and others do not",
)
def test_a_secret_s_key_is_not_asked(encrypted, stack, client, people):
    secrets, name = client("secretsmanager"), f"{stack.name}-secret"
    secrets.create_secret(Name=name, SecretString="kept", KmsKeyId=encrypted["Key"])
    reader = people.user(allow("secretsmanager:GetSecretValue"))("secretsmanager")

    assert reader.get_secret_value(SecretId=name)["SecretString"] == "kept"
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
