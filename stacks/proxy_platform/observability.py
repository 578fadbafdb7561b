"""The observability stack: alarms on what AWS really measures, a dashboard, saved queries, and the budget."""

from aws_cdk import CfnOutput
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from config.models import Fleet, Observability
from constructs_lib.monitoring import Alarms, AlarmTopic, MonthlyBudget, SavedQuery, Severity, function_metric
from contract import metrics, outputs, parameters, tags
from contract.components import Function, Stack
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.dashboard import Watched, rows
from stacks.proxy_platform.questions import questions


class ObservabilityStack(PlatformStack):
    """Topic, alarms, dashboard and saved queries of one region; in one of them also the budget of all.

    :param flow_logs: whether the platform logs the flows of its network.
    :param image_builds: whether the platform builds its image.
    :param budget_usd: what the deployment may cost in a month, in US dollars; none where the budget is not made.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        observability: Observability,
        fleet: Fleet,
        flow_logs: bool,
        image_builds: bool,
        budget_usd: int | None,
    ) -> None:
        super().__init__(scope, Stack.OBSERVABILITY, deployment=deployment, description="Alarms and dashboard")
        self._settings = observability
        told = AlarmTopic(
            self,
            "Alarms",
            name=self.names.resource("alarms"),
            emails=observability.alarm_emails,
            urls=observability.alarm_urls,
            destroy=deployment.destroy,
        )
        self._alarms = Alarms(
            self,
            "Watch",
            prefix=self.names.prefix,
            topic=told.topic,
            minutes=observability.evaluation_minutes,
            runbooks=observability.runbook_url,
        )
        watched = Watched(
            self.read(parameters.LOAD_BALANCER_FULL_NAME),
            self.read(parameters.TARGET_GROUP_FULL_NAME),
            self.read(parameters.AUTO_SCALING_GROUP_NAME),
        )
        self._watch_instances(watched, fleet)
        for function in Function:
            self._watch_failures(function)
            self._watch_speed(function)
        for construct_id, question in questions(self.names, flow_logs=flow_logs, image_builds=image_builds):
            SavedQuery(self, construct_id, question=question)
        if budget_usd is not None:
            self._bound_costs(budget_usd, told)
        dashboard = self._dashboard(watched, fleet, image_builds=image_builds)
        CfnOutput(self, outputs.ALARM_TOPIC_ARN, value=told.topic.topic_arn)
        CfnOutput(self, outputs.DASHBOARD_NAME, value=dashboard.dashboard_name)

    def _dashboard(self, watched: Watched, fleet: Fleet, *, image_builds: bool) -> cloudwatch.Dashboard:
        shown = rows(
            self.names,
            watched,
            alarms=self._alarms.alarms,
            observability=self._settings,
            fleet=fleet,
            image_builds=image_builds,
        )
        return cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=self.names.dashboard, widgets=[list(row) for row in shown]
        )

    def _watch_instances(self, watched: Watched, fleet: Fleet) -> None:
        self._alarms.add(
            "NoHealthyInstances",
            name="no-healthy-instances",
            metric=watched.healthy,
            threshold=1,
            below=True,
            # A group without any instance has no such metric.
            silence_is_bad=True,
            severity=Severity.HIGH,
            summary="no instance is healthy, so that nobody gets a page through the proxy",
            runbook="no-healthy-instances",
        )
        self._alarms.add(
            "UnhealthyInstances",
            name="unhealthy-instances",
            metric=watched.unhealthy,
            threshold=self._settings.unhealthy_instance_threshold,
            every_minute=True,
            severity=Severity.LOW,
            summary="instances fail their health check and are not replaced; the others carry their load",
            runbook="unhealthy-instances",
        )
        self._alarms.add(
            "BusyInstances",
            name="busy-instances",
            metric=watched.cpu,
            threshold=self._settings.cpu_threshold_percent,
            every_minute=True,
            severity=Severity.LOW,
            summary="the instances have more to do than scaling can take off them; pages become slow",
            runbook="busy-instances",
        )
        self._watch_machines(watched)
        if fleet.minimum < fleet.maximum:  # a fleet of one size is always at its maximum, as it should be
            self._watch_room(watched, fleet)

    def _watch_machines(self, watched: Watched) -> None:
        self._alarms.add(
            "ShortOfMemory",
            name="short-of-memory",
            metric=watched.memory,
            threshold=self._settings.memory_threshold_percent,
            every_minute=True,
            severity=Severity.LOW,
            summary="an instance has little memory left; processes of its proxy are slowed down, then started anew",
            runbook="short-of-memory",
        )
        self._alarms.add(
            "DiskFillsUp",
            name="disk-fills-up",
            metric=watched.disk,
            threshold=self._settings.disk_threshold_percent,
            every_minute=True,
            severity=Severity.LOW,
            summary="the disk of an instance fills up, though an instance has next to nothing to write",
            runbook="disk-fills-up",
        )

    def _watch_room(self, watched: Watched, fleet: Fleet) -> None:
        self._alarms.add(
            "FleetAtMaximum",
            name="fleet-at-maximum",
            metric=watched.in_service,
            threshold=fleet.maximum,
            every_minute=True,
            severity=Severity.LOW,
            summary=f"all of fleet.maximum {fleet.maximum} instances are in service, so that no more can be added",
            runbook="fleet-at-maximum",
        )

    def _watch_failures(self, function: Function) -> None:
        name = self.names.function(function)
        self._alarms.add(
            f"{function.pascal}Failures",
            name=f"{function.value}-failures",
            # A function answers an exception with a status of its own, which is no error to Lambda.
            metric=function_metric(metrics.FUNCTION_FAILURES, name),
            threshold=self._settings.function_error_threshold,
            severity=Severity.HIGH,
            summary=f"{function.value} answers with errors, so that pages come back untouched",
            runbook="function-failures",
        )
        self._alarms.add(
            f"{function.pascal}Errors",
            name=f"{function.value}-errors",
            metric=function_metric(metrics.FUNCTION_ERRORS, name),
            threshold=self._settings.function_error_threshold,
            severity=Severity.HIGH,
            summary=f"{function.value} does not start, or runs out of time or memory; pages come back untouched",
            runbook="function-errors",
        )

    def _watch_speed(self, function: Function) -> None:
        name = self.names.function(function)
        self._alarms.add(
            f"{function.pascal}Throttles",
            name=f"{function.value}-throttles",
            metric=function_metric(metrics.FUNCTION_THROTTLES, name),
            threshold=self._settings.function_throttle_threshold,
            severity=Severity.LOW,
            summary=f"{function.value} is called more often at a time than it may run; those pages come back untouched",
            runbook="function-throttles",
        )
        self._alarms.add(
            f"{function.pascal}Slow",
            name=f"{function.value}-slow",
            metric=function_metric(metrics.FUNCTION_DURATION, name, statistic="p95"),
            threshold=self._settings.function_duration_threshold_ms,
            every_minute=True,
            severity=Severity.LOW,
            summary=f"{function.value} is slow; pages that wait too long for it come back untouched",
            runbook="function-slow",
        )

    def _bound_costs(self, usd: int, told: AlarmTopic) -> None:
        budget = MonthlyBudget(
            self,
            "Budget",
            name=self.names.resource("monthly"),
            usd=usd,
            tag=(tags.DEPLOYMENT_ID, self.deployment.default_tags[tags.DEPLOYMENT_ID]),
            topic_arn=told.topic.topic_arn,
        )
        # AWS refuses a budget that may not publish to its topic, so the topic's policy has to be there before.
        budget.node.add_dependency(told)
