"""Alarms, whom they tell, and the dashboard."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from constructs_lib.removal import removal_policy


class AlarmTopic(Construct):
    """An encrypted topic that alarms publish to.

    :param name: the topic's physical name.
    :param email: who is told; none for nobody.
    :param destroy: delete the key with the stack; else keep it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        email: str | None,
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
        alarms = iam.ServicePrincipal(
            "cloudwatch.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )
        key.grant(alarms, "kms:Decrypt", "kms:GenerateDataKey*")
        self.topic = sns.Topic(self, "Topic", topic_name=name, master_key=key, enforce_ssl=True)
        # A topic with a policy of its own has lost the default one, which lets the account's alarms publish.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmActions", actions=["sns:Publish"], principals=[alarms], resources=[self.topic.topic_arn]
            )
        )
        if email:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))


class Alarms(Construct):
    """Alarms of one topic.

    :param minutes: number of one-minute periods that an alarm looks back over.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
        topic: sns.ITopic,
        minutes: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = prefix
        self._action = actions.SnsAction(topic)
        self._minutes = minutes

    def add(
        self, construct_id: str, *, name: str, metric: cloudwatch.IMetric, threshold: int, severity: str, todo: str
    ) -> None:
        """Add an alarm for when a metric reaches a threshold. No data is no alarm: who is not called cannot fail.

        :param severity: `high` when users suffer, else `low`.
        :param todo: what to do, for the one who is woken by it.
        """
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=f"severity: {severity}. {todo}",
            metric=metric,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=self._minutes,
            datapoints_to_alarm=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)


def function_metric(function_name: str, metric: str, *, statistic: str = "Sum") -> cloudwatch.Metric:
    """Return a metric that Lambda emits for a function, or for all URLs of it and its aliases, per minute.

    Sources: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
    https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html
    """
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map={"FunctionName": function_name},
        statistic=statistic,
        period=Duration.minutes(1),
    )


def balancer_metric(
    load_balancer: str, metric: str, *, target_group: str | None = None, statistic: str
) -> cloudwatch.Metric:
    """Return a metric that AWS emits for a network load balancer, or for one group of its targets, per minute.

    The metrics of the CDK's own constructs name account and region, which makes of a simple alarm one on an expression.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html

    :param load_balancer: the last part of its ARN, for example `net/proxy/0123456789abcdef`.
    :param target_group: the last part of its ARN, for example `targetgroup/proxy/0123456789abcdef`.
    """
    dimensions = {"LoadBalancer": load_balancer}
    if target_group is not None:
        dimensions["TargetGroup"] = target_group
    return cloudwatch.Metric(
        namespace="AWS/NetworkELB",
        metric_name=metric,
        dimensions_map=dimensions,
        statistic=statistic,
        period=Duration.minutes(1),
    )


def graph(title: str, metrics: Sequence[cloudwatch.IMetric], *, width: int) -> cloudwatch.GraphWidget:
    """Return a graph of metrics over time.

    :param width: in twenty-fourths of the dashboard.
    """
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, height=6)
