"""Buckets as templates describe them, and what keeps their contents."""

from __future__ import annotations

import json
from typing import Any

import pytest


def bucket(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


RULES = {
    "Rules": [
        {
            "Id": "old",
            "Status": "Enabled",
            "Prefix": "pages/",
            "ExpirationInDays": 30,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
            "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 10}],
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
}


@pytest.mark.behaviour("S3", "a bucket has the tags, lifecycle, ownership, encryption and logging of its template")
def test_configuration_of_a_bucket_is_kept(stack, client):
    configured = bucket(
        Tags=[{"Key": "team", "Value": "a"}],
        LifecycleConfiguration=RULES,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        BucketEncryption={
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
        LoggingConfiguration={"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "access/"},
    )
    name = stack.put({"Logs": bucket(), "Bucket": configured}, {"Name": {"Ref": "Bucket"}})["Name"]
    s3 = client("s3")

    assert {"Key": "team", "Value": "a"} in s3.get_bucket_tagging(Bucket=name)["TagSet"]
    rule = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
    assert (rule["ID"], rule["Filter"], rule["Expiration"]) == ("old", {"Prefix": "pages/"}, {"Days": 30})
    assert rule["Transitions"] == [{"Days": 10, "StorageClass": "STANDARD_IA"}]
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]["TargetPrefix"] == "access/"


@pytest.mark.behaviour("S3", "an update changes and drops the configuration of a bucket")
def test_update_changes_and_drops_configuration(stack, client):
    name = stack.put({"Bucket": bucket(LifecycleConfiguration=RULES)}, {"Name": {"Ref": "Bucket"}})["Name"]
    stack.put({"Bucket": bucket(Tags=[{"Key": "a", "Value": "b"}])})
    s3 = client("s3")

    assert {"Key": "a", "Value": "b"} in s3.get_bucket_tagging(Bucket=name)["TagSet"]
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    except s3.exceptions.ClientError as error:
        rules = error.response["Error"]["Code"]
    assert rules == "NoSuchLifecycleConfiguration"


@pytest.mark.behaviour("S3", "a bucket that holds objects is not deleted with its stack, and nothing of it is lost")
def test_bucket_with_objects_is_not_deleted(stack, client):
    name = stack.put({"Bucket": bucket()}, {"Name": {"Ref": "Bucket"}})["Name"]
    s3 = client("s3")
    s3.put_object(Bucket=name, Key="kept", Body=b"data")

    assert stack.delete() == "DELETE_FAILED"
    assert s3.get_object(Bucket=name, Key="kept")["Body"].read() == b"data"

    s3.delete_object(Bucket=name, Key="kept")
    assert stack.delete() in (None, "DELETE_COMPLETE")


@pytest.mark.behaviour(
    "CDK", "a bucket marked for it is emptied, all versions included, before its stack goes", aws=False
)
def test_auto_delete_empties_all_versions(stack, client):
    resources = {
        "Bucket": bucket(
            VersioningConfiguration={"Status": "Enabled"},
            Tags=[{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}],
        ),
        "AutoDelete": {
            "Type": "Custom::S3AutoDeleteObjects",
            "Properties": {"ServiceToken": "unused", "BucketName": {"Ref": "Bucket"}},
        },
    }
    name = stack.put(resources, {"Name": {"Ref": "Bucket"}})["Name"]
    s3 = client("s3")
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="versioned", Body=body)
    s3.delete_object(Bucket=name, Key="versioned")
    s3.put_object(Bucket=name, Key="current", Body=b"3")

    assert stack.delete() in (None, "DELETE_COMPLETE")
    assert name not in [known["Name"] for known in s3.list_buckets()["Buckets"]]


@pytest.mark.behaviour("CDK", "a bucket that has lost its mark is not emptied", aws=False)
def test_auto_delete_leaves_a_bucket_without_its_mark_alone(stack, client):
    resources = {
        "Bucket": bucket(),
        "AutoDelete": {
            "Type": "Custom::S3AutoDeleteObjects",
            "Properties": {"ServiceToken": "unused", "BucketName": {"Ref": "Bucket"}},
        },
    }
    name = stack.put(resources, {"Name": {"Ref": "Bucket"}})["Name"]
    client("s3").put_object(Bucket=name, Key="kept", Body=b"data")

    assert stack.delete() == "DELETE_FAILED"
    client("s3").delete_object(Bucket=name, Key="kept")


@pytest.mark.behaviour("S3", "a write that asks for KMS without a key uses the account's own key for S3", aws=False)
def test_kms_without_a_key_uses_the_accounts_own_key_for_s3(stack, client):
    name = stack.put({"Bucket": bucket()}, {"Name": {"Ref": "Bucket"}})["Name"]
    client("s3").put_object(Bucket=name, Key="page", Body=b"text", ServerSideEncryption="aws:kms")
    head = client("s3").head_object(Bucket=name, Key="page")
    assert head["SSEKMSKeyId"] == "arn:aws:kms:us-east-1:000000000000:alias/aws/s3"
    client("s3").delete_object(Bucket=name, Key="page")


@pytest.mark.behaviour(
    "S3", "a stack takes no bucket that is there already: the deployment is refused before it begins"
)
def test_a_bucket_that_was_retained_is_in_the_way_of_the_next_deployment(stack, client):
    name = f"{stack.name}-kept"
    kept = {"Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "Properties": {"BucketName": name}}}
    stack.put(kept)
    stack.delete()

    with pytest.raises(AssertionError, match=f"'AWS::S3::Bucket' with identifier '{name}' already exists"):
        stack.put(kept)
    stack.delete()
    client("s3").delete_bucket(Bucket=name)


@pytest.mark.behaviour("CloudFormation", "a deployment that imports what exists takes back what a stack has retained")
def test_what_was_retained_is_taken_back_by_a_deployment_that_imports_what_exists(stack, client):
    name = f"{stack.name}-kept"
    kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}, **kept},
        "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/{name}"}, **kept},
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
    stack.put(resources)
    client("s3").put_object(Bucket=name, Key="page", Body=b"text")
    stack.delete()

    cloudformation = client("cloudformation")
    place = {"StackName": stack.name, "ChangeSetName": "back"}
    cloudformation.create_change_set(
        **place, ChangeSetType="CREATE", TemplateBody=json.dumps({"Resources": resources}), ImportExistingResources=True
    )
    cloudformation.get_waiter("change_set_create_complete").wait(**place, WaiterConfig={"Delay": 0.1})
    cloudformation.execute_change_set(**place)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 0.1})

    assert [stack.physical_id(one) for one in ("Bucket", "Logs")] == [name, f"/{name}"]
    assert client("s3").get_object(Bucket=name, Key="page")["Body"].read() == b"text"
    stack.delete()
    client("s3").delete_object(Bucket=name, Key="page")
    client("s3").delete_bucket(Bucket=name)
    client("logs").delete_log_group(logGroupName=f"/{name}")
