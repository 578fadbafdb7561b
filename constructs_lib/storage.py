"""Buckets that nobody but their owner can open, and only over TLS."""

from aws_cdk import CfnResource, Duration, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.removal import removal_policy


class LockedBucket(s3.Bucket):
    """An encrypted bucket without public access, without ACLs, over TLS 1.2 only.

    :param bucket_name: physical name; policies elsewhere are written on it.
    :param destroy: empty and delete the bucket with its stack; else keep it.
    :param versioned: keep replaced objects.
    :param access_logs_bucket: where requests are logged, below `access-logs/<log_name>/`; none for that bucket itself.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_name: str,
        destroy: bool,
        versioned: bool = False,
        access_logs_bucket: s3.IBucket | None = None,
        log_name: str = "",
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            bucket_name=bucket_name,
            versioned=versioned,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            server_access_logs_bucket=access_logs_bucket,
            server_access_logs_prefix=f"access-logs/{log_name}/" if access_logs_bucket else None,
            removal_policy=removal_policy(destroy=destroy),
            auto_delete_objects=destroy,
        )
        self.add_lifecycle_rule(id="AbortUploads", abort_incomplete_multipart_upload_after=Duration.days(1))

    def expire(self, rule: str, *, prefix: str, days: int) -> None:
        """Delete objects below a prefix at an age.

        :param rule: the rule's name.
        :param days: age, in days.
        """
        self.add_lifecycle_rule(id=rule, prefix=prefix, expiration=Duration.days(days))

    def expire_previous_versions(self, *, days: int) -> None:
        """Delete replaced versions so many days after they were replaced."""
        self.add_lifecycle_rule(id="ExpirePreviousVersions", noncurrent_version_expiration=Duration.days(days))


def log_auto_delete(stack: Stack, log_group: logs.ILogGroup) -> None:
    """Let the function by which the CDK empties a stack's buckets log to a group that goes with the stack.

    By itself it makes its group when it first runs, which is when the stack is deleted, and nobody deletes the group.

    :param stack: a stack with buckets that are emptied.
    """
    provider = stack.node.find_child("Custom::S3AutoDeleteObjectsCustomResourceProvider").node
    statement = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": log_group.log_group_arn,
    }
    policy = {"PolicyName": "Logs", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    match provider.find_child("Role"), provider.find_child("Handler"):
        case CfnResource() as role, CfnResource() as function:
            # The managed policy that it has allows to make log groups: a late record would bring this one back.
            role.add_property_override("ManagedPolicyArns", [])
            role.add_property_override("Policies", [policy])
            function.add_property_override("LoggingConfig", {"LogGroup": log_group.log_group_name})
