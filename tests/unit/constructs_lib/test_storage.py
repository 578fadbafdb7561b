"""A bucket is locked whatever its options."""

from __future__ import annotations

import pytest

from constructs_lib.storage import LockedBucket


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


@pytest.mark.parametrize(("destroy", "policy"), [(True, "DELETE"), (False, "RETAIN_EXCEPT_ON_CREATE")])
def test_what_becomes_of_it(stack, destroy, policy):
    bucket = LockedBucket(stack, "Bucket", bucket_name="bucket", destroy=destroy)

    assert bucket.node.default_child.cfn_options.deletion_policy.name == policy
