"""A bucket is locked whatever its options."""

from __future__ import annotations

import pytest
from aws_cdk import aws_s3 as s3

from constructs_lib.storage import BucketKey, LockedBucket


def test_the_least(stack, template):
    LockedBucket(stack, "Bucket", bucket_name="a-bucket", destroy=False)

    (bucket,) = template("AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket.keys().isdisjoint({"VersioningConfiguration", "LoggingConfiguration", "AccessControl"})
    assert template("Custom::S3AutoDeleteObjects") == []
    (policy,) = template("AWS::S3::BucketPolicy")
    assert {item["Effect"] for item in policy["PolicyDocument"]["Statement"]} == {"Deny"}


def test_everything(stack, template):
    logs = LockedBucket(stack, "Logs", bucket_name="logs", destroy=False)
    bucket = LockedBucket(
        stack, "Bucket", bucket_name="bucket", destroy=True, versioned=True, access_logs_bucket=logs, log_name="bucket"
    )
    bucket.expire("Old", prefix="old/", days=3)
    bucket.expire_previous_versions(days=4)

    (found,) = (item for item in template("AWS::S3::Bucket") if item["BucketName"] == "bucket")
    assert found["VersioningConfiguration"] == {"Status": "Enabled"}
    assert found["LoggingConfiguration"]["LogFilePrefix"] == "access-logs/bucket/"
    rules = {rule["Id"]: rule for rule in found["LifecycleConfiguration"]["Rules"]}
    assert (rules["Old"]["Prefix"], rules["Old"]["ExpirationInDays"]) == ("old/", 3)
    assert rules["ExpirePreviousVersions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 4}
    assert rules["AbortUploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert len(template("Custom::S3AutoDeleteObjects")) == 1


def test_objects_get_cheaper_as_they_age_and_go_in_the_end(stack, template):
    bucket = LockedBucket(stack, "Bucket", bucket_name="bucket", destroy=False, versioned=True)
    bucket.age("All", prefix="old/", infrequent_access_days=30, glacier_days=60, expire_days=90)
    bucket.age("Cold", prefix="cold/", glacier_days=5, previous_versions_days=7)

    (found,) = template("AWS::S3::Bucket")
    rules = {rule.pop("Id"): rule for rule in found["LifecycleConfiguration"]["Rules"]}
    assert rules["All"] == {
        "Prefix": "old/",
        "Status": "Enabled",
        "Transitions": [
            {"StorageClass": "STANDARD_IA", "TransitionInDays": 30},
            {"StorageClass": "GLACIER", "TransitionInDays": 60},
        ],
        "ExpirationInDays": 90,
    }
    assert rules["Cold"] == {
        "Prefix": "cold/",
        "Status": "Enabled",
        "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 5}],
        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
    }


def test_logging_into_a_bucket_that_is_not_made_here_leaves_its_policy_to_its_owner(stack, app):
    logs = s3.Bucket.from_bucket_name(stack, "Logs", "logs")
    bucket = LockedBucket(
        stack, "Bucket", bucket_name="bucket", destroy=False, access_logs_bucket=logs, log_name="bucket"
    )

    accepted = {rule for entry in bucket.node.metadata for rule in entry.data if isinstance(entry.data, dict)}
    assert "Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded" in accepted


def test_a_key_of_kms_is_asked_for_once_for_many_objects(stack, template):
    key = BucketKey(stack, "Key", alias="a-key", destroy=False)
    LockedBucket(stack, "Bucket", bucket_name="bucket", destroy=False, key=key)

    (bucket,) = template("AWS::S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == stack.resolve(key.key_arn)


def test_a_key_is_changed_every_year_and_opens_nothing_but_through_s3(stack, template):
    BucketKey(stack, "Key", alias="a-key", destroy=False)

    (key,) = template("AWS::KMS::Key")
    assert key["EnableKeyRotation"] is True
    manage, use = key["KeyPolicy"]["Statement"]
    assert not {action for action in manage["Action"] if "crypt" in action or "DataKey" in action or "*" in action}
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert use["Condition"]["StringEquals"]["kms:ViaService"] == "s3.us-east-1.amazonaws.com"
    assert template("AWS::KMS::Alias")[0]["AliasName"] == "alias/a-key"


@pytest.mark.parametrize(("destroy", "policy"), [(True, "DELETE"), (False, "RETAIN_EXCEPT_ON_CREATE")])
def test_what_becomes_of_it(stack, destroy, policy):
    bucket = LockedBucket(stack, "Bucket", bucket_name="bucket", destroy=destroy)

    assert bucket.node.default_child.cfn_options.deletion_policy.name == policy
