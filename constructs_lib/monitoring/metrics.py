"""Metrics of :mod:`contract.metrics` as the CDK wants them, once a minute; none can be watched that is not there.

The metrics of the CDK's own constructs name account and region, which makes of a simple alarm one on an expression.
"""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from contract.metrics import Metric


def measured(
    metric: Metric, values: Mapping[str, str], *, statistic: str, label: str | None = None
) -> cloudwatch.Metric:
    """Return a metric of something.

    :param values: value of each of its dimensions.
    :param statistic: for example `Sum` or `p95`.
    :param label: what graphs call it; none for the metric's own name.
    :raises ValueError: if these are not all of its dimensions, or others, which nobody would emit.
    """
    if set(values) != set(metric.dimensions):
        raise ValueError(
            f"{metric.namespace} {metric.name} is emitted by {', '.join(metric.dimensions)}, not by {', '.join(values)}"
        )
    return cloudwatch.Metric(
        namespace=metric.namespace,
        metric_name=metric.name,
        dimensions_map=dict(values),
        statistic=statistic,
        label=label,
        period=Duration.minutes(1),
    )


def function_metric(
    metric: Metric, function_name: str, *, statistic: str = "Sum", label: str | None = None
) -> cloudwatch.Metric:
    """Return a metric of a function and all its versions and aliases."""
    return measured(metric, {"FunctionName": function_name}, statistic=statistic, label=label)


def balancer_metric(
    metric: Metric, load_balancer: str, *, target_group: str | None = None, statistic: str
) -> cloudwatch.Metric:
    """Return a metric of a network load balancer, or of one group of its targets.

    :param load_balancer: the last part of its ARN, for example `net/proxy/0123456789abcdef`.
    :param target_group: the last part of its ARN, for example `targetgroup/proxy/0123456789abcdef`.
    """
    targets = {} if target_group is None else {"TargetGroup": target_group}
    return measured(metric, {"LoadBalancer": load_balancer, **targets}, statistic=statistic)


def group_metric(metric: Metric, group_name: str, *, statistic: str) -> cloudwatch.Metric:
    """Return a metric of an Auto Scaling group."""
    return measured(metric, {"AutoScalingGroupName": group_name}, statistic=statistic)
