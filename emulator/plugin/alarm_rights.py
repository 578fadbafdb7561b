"""What CloudWatch may do for an alarm: topics, their keys and functions let it in by their own policies, or do not.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

from emulator.alarms.messages import Change
from emulator.plugin.borrowed import borrow
from emulator.plugin.permissions import is_enforced

_evaluator = borrow("core.iam_evaluator", "EvalContext", "evaluate_resource_policy")
_sns = borrow("services.sns", "_topic_by_arn_any_scope")
_kms = borrow("services.kms", "key_policy_for_arn")
_lambda = borrow("services.lambda_svc", "function_policy_for_arn")

ALARMS = "cloudwatch.amazonaws.com"
ALARMS_OF_FUNCTIONS = "lambda.alarms.cloudwatch.amazonaws.com"


def publishing_refusal(topic: str, change: Change) -> str | None:
    """Return why an alarm may not publish to a topic that is there, in the words of its history; None if it may."""
    attributes = _sns._topic_by_arn_any_scope(topic)["attributes"]
    if not _lets_in(attributes.get("Policy"), ALARMS, "sns:Publish", topic, change):
        return (
            f"CloudWatch Alarms is not authorized to perform: SNS:Publish on resource: {topic} because no "
            "resource-based policy allows the SNS:Publish action"
        )
    key = attributes.get("KmsMasterKeyId")
    needed = ("kms:Decrypt", "kms:GenerateDataKey")
    if key and not all(_lets_in(_key_policy(key), ALARMS, action, key, change) for action in needed):
        return "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
    return None


def calling_refusal(function: str, change: Change) -> str | None:
    """Return why an alarm may not call a function that is there, in the words of its history; None if it may."""
    found = _lambda.function_policy_for_arn(function)
    policy = found[0] if found else None
    if _lets_in(policy, ALARMS_OF_FUNCTIONS, "lambda:InvokeFunction", function, change):
        return None
    return (
        f"CloudWatch Alarms is not authorized to perform: lambda:InvokeFunction on the resource: {function} because no "
        "resource-based policy allows the lambda:InvokeFunction action"
    )


def _key_policy(key: str) -> str | None:
    found = _kms.key_policy_for_arn(key)
    # The key that AWS manages for SNS lets in nobody else, and its policy cannot be changed.
    return found[0] if found and not key.endswith("alias/aws/sns") else None


def _lets_in(policy: object, service: str, action: str, resource: str, change: Change) -> bool:
    if not is_enforced():
        return True
    context = _evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=change.region,
        secure_transport=True,
        service_context={
            "aws:sourcearn": change.alarm["AlarmArn"],
            "aws:sourceaccount": change.account,
            "aws:sourceowner": change.account,
        },
    )
    return bool(_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")
