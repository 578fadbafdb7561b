"""Whom alarms tell."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from constructs_lib.removal import removal_policy


class AlarmTopic(Construct):
    """An encrypted topic that alarms and budgets of this account publish to.

    :param name: the topic's physical name.
    :param emails: who is told by mail; each has to confirm it once.
    :param urls: HTTPS addresses that are told by a POST, for example of a service that calls people.
    :param destroy: delete the key with the stack; else keep it.
    :ivar topic: the topic.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        emails: Sequence[str] = (),
        urls: Sequence[str] = (),
        destroy: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        # CloudWatch cannot publish to a topic under the key that AWS manages for SNS: its policy cannot be changed.
        key = kms.Key(
            self,
            "Key",
            description=f"Encrypts {name}",
            enable_key_rotation=True,
            pending_window=Duration.days(7),
            removal_policy=removal_policy(destroy=destroy),
        )
        self.topic = sns.Topic(self, "Topic", topic_name=name, master_key=key, enforce_ssl=True)
        for sid, service in {"AlarmActions": "cloudwatch", "BudgetNotifications": "budgets"}.items():
            self._let_publish(sid, f"{service}.amazonaws.com", key)
        for email in emails:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))
        for url in urls:
            self.topic.add_subscription(subscriptions.UrlSubscription(url, protocol=sns.SubscriptionProtocol.HTTPS))

    def _let_publish(self, sid: str, service: str, key: kms.Key) -> None:
        """Let a service publish for this account: a topic with a policy of its own has lost the default one.

        Sources: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html,
        https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
        """
        principal = iam.ServicePrincipal(
            service, conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        )
        key.grant(principal, "kms:Decrypt", "kms:GenerateDataKey*")
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid, actions=["sns:Publish"], principals=[principal], resources=[self.topic.topic_arn]
            )
        )
