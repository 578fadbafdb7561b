"""Alarms, whom they tell, and the dashboard."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct


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
            removal_policy=RemovalPolicy.DESTROY if destroy else RemovalPolicy.RETAIN,
        )
        key.grant_encrypt_decrypt(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        self.topic = sns.Topic(self, "Topic", topic_name=name, master_key=key, enforce_ssl=True)
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
    """Return a metric that Lambda emits for a function, per minute.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map={"FunctionName": function_name},
        statistic=statistic,
        period=Duration.minutes(1),
    )


def balancer_metric(
    balancer: elb.NetworkLoadBalancer, metric: str, *, targets: elb.NetworkTargetGroup | None = None, statistic: str
) -> cloudwatch.Metric:
    """Return a metric that AWS emits for a network load balancer, or for one group of its targets, per minute.

    The metrics of the CDK's own constructs name account and region, which makes of a simple alarm one on an expression.
    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
    """
    dimensions = {"LoadBalancer": balancer.load_balancer_full_name}
    if targets is not None:
        dimensions["TargetGroup"] = targets.target_group_full_name
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
