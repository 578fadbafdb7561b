"""How alarms, logs, topics, parameters, secrets, caches and buckets are read."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.drift.calls import TAGS, Read, same


def _bucket(operation: str, **properties: str) -> Read:
    return Read("s3", operation, {"Bucket": "{id}"}, "@", properties, optional=True)


_ALARM = (
    "AlarmName", "AlarmDescription", "AlarmActions", "OKActions", "ComparisonOperator", "DatapointsToAlarm",
    "Dimensions", "EvaluationPeriods", "ExtendedStatistic", "MetricName", "Metrics", "Namespace", "Period",
    "Statistic", "Threshold", "TreatMissingData",
)  # fmt: skip
_LIFECYCLE = (
    "{Rules: Rules[].{Id: ID, Status: Status, Prefix: Prefix || Filter.Prefix, "
    "Transitions: Transitions[].{StorageClass: StorageClass, TransitionInDays: Days}, "
    "ExpirationInDays: Expiration.Days, NoncurrentVersionExpiration: NoncurrentVersionExpiration, "
    "AbortIncompleteMultipartUpload: AbortIncompleteMultipartUpload.{DaysAfterInitiation: DaysAfterInitiation}}}"
)

READS: Mapping[str, tuple[Read, ...]] = {
    "AWS::Budgets::Budget": (
        Read(
            "budgets",
            "describe_budget",
            {"AccountId": "{account}", "BudgetName": "{id}"},
            "Budget",
            {
                "Budget": "{BudgetName: BudgetName, BudgetLimit: BudgetLimit, BudgetType: BudgetType, "
                "TimeUnit: TimeUnit, CostFilters: CostFilters}"
            },
        ),
    ),
    "AWS::CloudWatch::Alarm": (
        Read("cloudwatch", "describe_alarms", {"AlarmNames": ["{id}"]}, "MetricAlarms[0]", same(*_ALARM)),
        Read(
            "cloudwatch",
            "list_tags_for_resource",
            {"ResourceARN": "arn:aws:cloudwatch:{region}:{account}:alarm:{id}"},
            "@",
            TAGS,
            optional=True,
        ),
    ),
    "AWS::CloudWatch::Dashboard": (
        Read("cloudwatch", "get_dashboard", {"DashboardName": "{id}"}, "@", same("DashboardName", "DashboardBody")),
        Read(
            "cloudwatch",
            "list_tags_for_resource",
            {"ResourceARN": "arn:aws:cloudwatch::{account}:dashboard/{id}"},
            "@",
            TAGS,
            optional=True,
        ),
    ),
    "AWS::ElastiCache::ServerlessCache": (
        Read(
            "elasticache",
            "describe_serverless_caches",
            {"ServerlessCacheName": "{id}"},
            "ServerlessCaches[0]",
            same(
                "CacheUsageLimits",
                "Description",
                "Engine",
                "KmsKeyId",
                "MajorEngineVersion",
                "SecurityGroupIds",
                "ServerlessCacheName",
                "SnapshotRetentionLimit",
                "SubnetIds",
            ),
        ),
        Read(
            "elasticache",
            "list_tags_for_resource",
            {"ResourceName": "arn:aws:elasticache:{region}:{account}:serverlesscache:{id}"},
            "@",
            {"Tags": "TagList"},
            optional=True,
        ),
    ),
    "AWS::Logs::LogGroup": (
        Read(
            "logs",
            "describe_log_groups",
            {"logGroupNamePrefix": "{id}"},
            "logGroups[?logGroupName=='{id}'] | [0]",
            same(
                LogGroupName="logGroupName",
                RetentionInDays="retentionInDays",
                LogGroupClass="logGroupClass",
                DeletionProtectionEnabled="deletionProtectionEnabled",
            ),
        ),
        Read(
            "logs",
            "list_tags_for_resource",
            {"resourceArn": "arn:aws:logs:{region}:{account}:log-group:{id}"},
            "@",
            {"Tags": "tags"},
            optional=True,
        ),
    ),
    "AWS::S3::Bucket": (
        Read("s3", "head_bucket", {"Bucket": "{id}"}, "@", {"BucketName": "'{id}'"}),
        _bucket("get_bucket_versioning", VersioningConfiguration="Status && {Status: Status}"),
        _bucket(
            "get_bucket_encryption",
            BucketEncryption="{ServerSideEncryptionConfiguration: ServerSideEncryptionConfiguration.Rules[]."
            "{BucketKeyEnabled: BucketKeyEnabled, "
            "ServerSideEncryptionByDefault: ApplyServerSideEncryptionByDefault}}",
        ),
        _bucket("get_bucket_lifecycle_configuration", LifecycleConfiguration=_LIFECYCLE),
        _bucket(
            "get_bucket_logging",
            LoggingConfiguration="LoggingEnabled && {DestinationBucketName: LoggingEnabled.TargetBucket, "
            "LogFilePrefix: LoggingEnabled.TargetPrefix}",
        ),
        _bucket("get_bucket_ownership_controls", OwnershipControls="OwnershipControls"),
        _bucket("get_public_access_block", PublicAccessBlockConfiguration="PublicAccessBlockConfiguration"),
        _bucket("get_bucket_tagging", Tags="TagSet"),
    ),
    "AWS::S3::BucketPolicy": (
        Read("s3", "get_bucket_policy", {"Bucket": "{Bucket}"}, "@", {"PolicyDocument": "parsed(Policy)"}),
    ),
    "AWS::Logs::QueryDefinition": (
        Read(
            "logs",
            "describe_query_definitions",
            {},
            "queryDefinitions[?queryDefinitionId == '{id}'] | [0]",
            {"Name": "name", "QueryString": "queryString", "LogGroupNames": "logGroupNames"},
        ),
    ),
    "AWS::SNS::Topic": (
        Read(
            "sns",
            "get_topic_attributes",
            {"TopicArn": "{id}"},
            "Attributes",
            same("DisplayName", "KmsMasterKeyId", TopicName="split(TopicArn, ':')[-1]"),
        ),
        Read("sns", "list_tags_for_resource", {"ResourceArn": "{id}"}, "@", TAGS),
    ),
    "AWS::SSM::Parameter": (
        Read("ssm", "get_parameter", {"Name": "{id}"}, "Parameter", same("Name", "Type", "Value", "DataType")),
        Read(
            "ssm",
            "list_tags_for_resource",
            {"ResourceType": "Parameter", "ResourceId": "{id}"},
            "@",
            {"Tags": "TagList"},
            optional=True,
        ),
    ),
    "AWS::SecretsManager::Secret": (
        Read(
            "secretsmanager",
            "describe_secret",
            {"SecretId": "{id}"},
            "[@][?!DeletedDate] | [0]",
            same("Name", "Description", "Tags"),
        ),
    ),
}
