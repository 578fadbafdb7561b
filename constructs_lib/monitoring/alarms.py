"""Alarms: each says how bad it is, what happens, and where to read what to do."""

from enum import StrEnum

from aws_cdk import Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.monitoring.metrics import balancer_metric
from constructs_lib.policy.findings import HIPAA, NIST, acknowledge, in_standards
from contract import metrics


class Severity(StrEnum):
    """How bad what an alarm tells is."""

    HIGH = "high"
    """People are affected now: somebody has to look at once."""

    LOW = "low"
    """Nobody is affected yet, or it mends itself: look on the next working day."""


def described(severity: Severity, summary: str, runbooks: str, page: str) -> str:
    """Return an alarm's description, which is all that a notification says of it.

    :param summary: what happens, in one sentence without a full stop.
    :param runbooks: address below which the pages on alarms stand.
    :param page: the page's name, without its ending.
    """
    return f"severity: {severity.value}. {summary}. runbook: {runbooks.rstrip('/')}/{page}.md"


class Alarms(Construct):
    """Alarms of one topic.

    :param prefix: what the names of all start with.
    :param minutes: number of one-minute periods that an alarm looks back over.
    :param runbooks: address below which the pages on alarms stand.
    :ivar alarms: all alarms, in the order in which they were added.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
        topic: sns.ITopic,
        minutes: int,
        runbooks: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = prefix
        self._action = actions.SnsAction(topic)
        self._minutes = minutes
        self._runbooks = runbooks
        self.alarms: list[cloudwatch.Alarm] = []

    def add(
        self,
        construct_id: str,
        *,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        severity: Severity,
        summary: str,
        runbook: str,
        below: bool = False,
        every_minute: bool = False,
        silence_is_bad: bool = False,
    ) -> None:
        """Add an alarm for when a metric reaches a threshold.

        :param name: physical name, without the prefix.
        :param summary: what happens then, in one sentence.
        :param runbook: name of the page that says what to do, without its ending.
        :param below: whether it is bad to be below the threshold; else to reach it.
        :param every_minute: whether every minute that it looks back over has to be bad; else one is enough.
        :param silence_is_bad: whether no data is as bad as bad data; else it is good: who is not called cannot fail.
        """
        operators, missing = cloudwatch.ComparisonOperator, cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=described(severity, summary, self._runbooks, runbook),
            metric=metric,
            threshold=threshold,
            comparison_operator=operators.LESS_THAN_THRESHOLD
            if below
            else operators.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=self._minutes,
            datapoints_to_alarm=self._minutes if every_minute else 1,
            treat_missing_data=missing.BREACHING if silence_is_bad else missing.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.alarms.append(alarm)


class AlarmCheck(Construct):
    """A health check of Route 53 that follows an alarm: works for load balancers that the internet does not reach.

    Route 53 reads the alarm's metric itself, and takes only alarms whose every period has to be bad. It goes on
    watching what the alarm was when the check was made or last changed. So whatever of the alarm can change is part of
    its name: a changed alarm is another one, and the check changes with it. Source:
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html

    :param alarm_name: what the alarm's physical name starts with.
    :param description: what the alarm says of itself.
    :param load_balancer: the last part of its ARN.
    :param target_group: the last part of its ARN.
    :param minutes: minutes in a row without a healthy target, after which the check fails.
    :ivar health_check: the health check.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        alarm_name: str,
        description: str,
        load_balancer: str,
        target_group: str,
        minutes: int,
    ) -> None:
        super().__init__(scope, construct_id)
        alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name=f"{alarm_name}-{minutes}-{_own_id(load_balancer)}-{_own_id(target_group)}",
            alarm_description=description,
            metric=balancer_metric(
                metrics.HEALTHY_TARGETS, load_balancer, target_group=target_group, statistic="Maximum"
            ),
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            evaluation_periods=minutes,
            # A group without any instance has no such metric.
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        acknowledge(
            alarm,
            *in_standards("CloudWatchAlarmAction", NIST, HIPAA),
            reason="Route 53 acts on it; people are told by the alarm of the same kind in the observability stack",
        )
        self.health_check = route53.HealthCheck(
            self,
            "Check",
            type=route53.HealthCheckType.CLOUDWATCH_METRIC,
            alarm_identifier=route53.AlarmIdentifier(name=alarm.alarm_name, region=Stack.of(self).region),
            insufficient_data_health_status=route53.InsufficientDataHealthStatusEnum.LAST_KNOWN_STATUS,
        )


def _own_id(full_name: str) -> str:
    """Return what tells load balancers, or target groups, of one name apart: the last part of the full name."""
    return Fn.select(2, Fn.split("/", full_name))
