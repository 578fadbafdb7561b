"""Buckets that nobody but their owner can open, and only over TLS."""

from aws_cdk import CfnResource, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.policy.findings import acknowledge, in_standards
from constructs_lib.removal import removal_policy


class LockedBucket(s3.Bucket):
    """An encrypted bucket without public access, without ACLs, over TLS 1.2 only.

    :param bucket_name: physical name; policies elsewhere are written on it.
    :param destroy: empty and delete the bucket with its stack; else keep it.
    :param versioned: keep replaced objects.
    :param key: key of KMS to encrypt with; none for S3's own keys.
    :param access_logs_bucket: where requests are logged, below `access-logs/<log_name>/`; none for that bucket itself.
    :param unlogged_reason: why requests to it are not logged, where that is not plain from other buckets' logs in it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bucket_name: str,
        destroy: bool,
        versioned: bool = False,
        key: kms.IKey | None = None,
        access_logs_bucket: s3.IBucket | None = None,
        log_name: str = "",
        unlogged_reason: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            bucket_name=bucket_name,
            versioned=versioned,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            # One key for the bucket out of KMS's instead of a call for each object: a hundredth of the cost.
            bucket_key_enabled=True if key else None,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            server_access_logs_bucket=access_logs_bucket,
            server_access_logs_prefix=f"access-logs/{log_name}/" if access_logs_bucket else None,
            removal_policy=removal_policy(destroy=destroy),
            auto_delete_objects=destroy,
        )
        into_stranger = access_logs_bucket is not None and not isinstance(access_logs_bucket, s3.Bucket)
        self._accept_findings(versioned=versioned, has_key=key is not None, logs_into_stranger=into_stranger)
        if unlogged_reason is not None:
            acknowledge(self, "AwsSolutions-S1", *in_standards("S3BucketLoggingEnabled"), reason=unlogged_reason)
        self.add_lifecycle_rule(id="AbortUploads", abort_incomplete_multipart_upload_after=Duration.days(1))

    def _accept_findings(self, *, versioned: bool, has_key: bool, logs_into_stranger: bool) -> None:
        """Accept what the rule packs find in every bucket, and in those that do without something.

        :param logs_into_stranger: whether its requests are logged in a bucket that is not made here.
        """
        acknowledge(
            self,
            *in_standards("S3BucketReplicationEnabled"),
            reason="S3 keeps every object in three zones; what a region's bucket holds belongs to that region's "
            "deployment, and others have their own",
        )
        if not versioned:
            acknowledge(
                self,
                *in_standards("S3BucketVersioningEnabled"),
                reason="nothing in it is ever changed by hand, and what is written can be had again or is a log",
            )
        if not has_key:
            acknowledge(
                self,
                *in_standards("S3DefaultEncryptionKMS"),
                reason="S3 encrypts every object with keys of its own; configuration can name a key of KMS",
            )
        if logs_into_stranger:
            acknowledge(
                self,
                "Annotation::@aws-cdk/aws-s3:accessLogsPolicyNotAdded",
                reason="the bucket of logs is not made here; the manual says what its own policy has to allow",
            )

    def expire(self, rule: str, *, prefix: str, days: int) -> None:
        """Delete objects below a prefix at an age.

        :param rule: the rule's name.
        :param days: age, in days.
        """
        self.add_lifecycle_rule(id=rule, prefix=prefix, expiration=Duration.days(days))

    def expire_previous_versions(self, *, days: int) -> None:
        """Delete replaced versions so many days after they were replaced."""
        self.add_lifecycle_rule(id="ExpirePreviousVersions", noncurrent_version_expiration=Duration.days(days))

    def age(
        self,
        rule: str,
        *,
        prefix: str,
        infrequent_access_days: int | None = None,
        glacier_days: int | None = None,
        expire_days: int | None = None,
        previous_versions_days: int | None = None,
    ) -> None:
        """Move objects below a prefix to cheaper storage as they age, and delete them in the end; none for never.

        :param rule: the rule's name.
        :param infrequent_access_days: age, in days, at which they move to STANDARD_IA.
        :param glacier_days: age, in days, at which they move to GLACIER.
        :param expire_days: age, in days, at which they are deleted.
        :param previous_versions_days: days after which replaced versions are deleted.
        """
        moves = {
            s3.StorageClass.INFREQUENT_ACCESS: infrequent_access_days,
            s3.StorageClass.GLACIER: glacier_days,
        }
        self.add_lifecycle_rule(
            id=rule,
            prefix=prefix,
            transitions=[
                s3.Transition(storage_class=storage_class, transition_after=Duration.days(days))
                for storage_class, days in moves.items()
                if days is not None
            ],
            expiration=None if expire_days is None else Duration.days(expire_days),
            noncurrent_version_expiration=(
                None if previous_versions_days is None else Duration.days(previous_versions_days)
            ),
        )


class BucketKey(kms.Key):
    """A KMS key for buckets, changed every year, of use through S3 only, and to whom a policy of the account allows it.

    The account's administrators can manage it and not use it: what they may decrypt is said where they are allowed to.

    :param alias: name that policies know it by, without `alias/` before it.
    :param destroy: delete the key, a week after its stack; else keep it, and with it what it encrypted.
    """

    def __init__(self, scope: Construct, construct_id: str, *, alias: str, destroy: bool) -> None:
        stack = Stack.of(scope)
        account = iam.AccountRootPrincipal()
        manage = iam.PolicyStatement(sid="Manage", principals=[account], actions=list(MANAGING), resources=["*"])
        use = iam.PolicyStatement(
            sid="UseThroughS3",
            principals=[account],
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=["*"],
            conditions={
                "StringEquals": {
                    "kms:ViaService": f"s3.{stack.region}.amazonaws.com",
                    "kms:CallerAccount": stack.account,
                }
            },
        )
        super().__init__(
            scope,
            construct_id,
            alias=alias,
            description="Encrypts buckets of the proxy platform",
            enable_key_rotation=True,
            policy=iam.PolicyDocument(statements=[manage, use]),
            removal_policy=removal_policy(destroy=destroy),
            pending_window=Duration.days(7),
        )


MANAGING = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What administrators do with a key, in the console and by CloudFormation; none of it reads what the key encrypts.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-administrators
"""


def log_auto_delete(stack: Stack, log_group: logs.ILogGroup, *, role_name: str, role_path: str | None = None) -> None:
    """Let the function by which the CDK empties a stack's buckets log to a group that goes with the stack.

    By itself it makes its group when it first runs, which is when the stack is deleted, and nobody deletes the group.

    :param stack: a stack with buckets that are emptied.
    :param role_name: physical name of the function's role, as accounts may ask for names that begin alike.
    :param role_path: its IAM path, from `/` to `/`; none for the root.
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
            role.add_property_override("RoleName", role_name)
            if role_path is not None:
                role.add_property_override("Path", role_path)
            function.add_property_override("LoggingConfig", {"LogGroup": log_group.log_group_name})
            # The library writes these two as plain resources, which tags of the tree do not reach.
            tags = [{"Key": key, "Value": value} for key, value in sorted(stack.tags.tag_values().items())]
            role.add_property_override("Tags", tags)
            function.add_property_override("Tags", tags)
