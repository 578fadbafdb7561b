"""The observability stack: alarms on what AWS really measures of functions and load balancer, and a dashboard."""

from aws_cdk import CfnOutput
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from config.models import Observability
from constructs_lib.monitoring import Alarms, AlarmTopic, balancer_metric, function_metric, graph
from contract import outputs, parameters
from contract.components import Function, Stack
from stacks.proxy_platform.base import Deployment, PlatformStack

HALF = 12


class ObservabilityStack(PlatformStack):
    """Topic, alarms and dashboard."""

    def __init__(self, scope: Construct, *, deployment: Deployment, observability: Observability) -> None:
        super().__init__(scope, Stack.OBSERVABILITY, deployment=deployment, description="Alarms and dashboard")
        alarm_topic = AlarmTopic(
            self,
            "Alarms",
            name=self.names.resource("alarms"),
            email=observability.alarm_email,
            destroy=deployment.destroy,
        )
        self._alarms = Alarms(
            self,
            "Watch",
            prefix=self.names.prefix,
            topic=alarm_topic.topic,
            minutes=observability.evaluation_minutes,
        )
        load_balancer = self.read(parameters.LOAD_BALANCER_FULL_NAME)
        unhealthy = balancer_metric(
            load_balancer,
            "UnHealthyHostCount",
            target_group=self.read(parameters.TARGET_GROUP_FULL_NAME),
            statistic="Maximum",
        )
        self._watch_functions(observability)
        self._watch_instances(observability, unhealthy)
        dashboard = self._dashboard(load_balancer, unhealthy)
        CfnOutput(self, outputs.ALARM_TOPIC_ARN, value=alarm_topic.topic.topic_arn)
        CfnOutput(self, outputs.DASHBOARD_NAME, value=dashboard.dashboard_name)

    def _watch_functions(self, observability: Observability) -> None:
        for function in Function:
            name = self.names.function(function)
            self._alarms.add(
                f"{function.pascal}Failures",
                name=f"{function.value}-failures",
                # A function answers an exception with a status of its own, which is no error to Lambda.
                metric=function_metric(name, "Url5xxCount"),
                threshold=observability.function_error_threshold,
                severity="high",
                todo=f"{function.value} fails, pages come back untouched; read the newest errors in /aws/lambda/{name}",
            )
            self._alarms.add(
                f"{function.pascal}Errors",
                name=f"{function.value}-errors",
                metric=function_metric(name, "Errors"),
                threshold=observability.function_error_threshold,
                severity="high",
                todo=f"{function.value} does not start or runs out of time or memory, pages come back untouched; read "
                f"the newest errors in /aws/lambda/{name}",
            )
            self._alarms.add(
                f"{function.pascal}Throttles",
                name=f"{function.value}-throttles",
                metric=function_metric(name, "Throttles"),
                threshold=observability.function_throttle_threshold,
                severity="low",
                todo=f"{function.value} is called more often at a time than it may run; raise reserved_concurrency",
            )

    def _watch_instances(self, observability: Observability, unhealthy: cloudwatch.IMetric) -> None:
        self._alarms.add(
            "UnhealthyInstances",
            name="unhealthy-instances",
            metric=unhealthy,
            threshold=observability.unhealthy_instance_threshold,
            severity="high",
            todo="an instance fails its health check; open its health path, or a session on it, before it is replaced",
        )

    def _dashboard(self, load_balancer: str, unhealthy: cloudwatch.IMetric) -> cloudwatch.Dashboard:
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=self.names.resource("proxy"))
        functions = [self.names.function(function) for function in Function]
        dashboard.add_widgets(
            graph("Invocations", [function_metric(name, "Invocations") for name in functions], width=HALF),
            graph(
                "Failures",
                [function_metric(name, metric) for metric in ("Url5xxCount", "Errors") for name in functions],
                width=HALF,
            ),
        )
        dashboard.add_widgets(
            graph(
                "Duration, 95th percentile (ms)",
                [function_metric(name, "Duration", statistic="p95") for name in functions],
                width=HALF,
            ),
            graph("Throttles", [function_metric(name, "Throttles") for name in functions], width=HALF),
        )
        dashboard.add_widgets(
            graph("Unhealthy instances", [unhealthy], width=HALF),
            graph("New connections", [balancer_metric(load_balancer, "NewFlowCount", statistic="Sum")], width=HALF),
        )
        return dashboard
