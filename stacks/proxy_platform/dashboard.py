"""What the dashboard shows: alarms first, then the parts in the order in which a page meets them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch

from config.models import Fleet, Observability
from config.naming import Names
from constructs_lib.monitoring import (
    balancer_metric,
    function_metric,
    graph,
    group_metric,
    heading,
    log_table,
    measured,
    states,
)
from contract import metrics
from contract.components import Function
from stacks.proxy_platform.questions import CACHE_ANSWERS, PROBLEMS


@dataclass(frozen=True)
class Watched:
    """What is watched of a deployment's fleet, by the names that its metrics have.

    :param load_balancer: the last part of its ARN.
    :param target_group: the last part of its ARN.
    :param group: name of the Auto Scaling group.
    """

    load_balancer: str
    target_group: str
    group: str

    @property
    def healthy(self) -> cloudwatch.Metric:
        """Number of instances that pass their health check."""
        return balancer_metric(
            metrics.HEALTHY_TARGETS, self.load_balancer, target_group=self.target_group, statistic="Maximum"
        )

    @property
    def unhealthy(self) -> cloudwatch.Metric:
        """Number of instances that fail it."""
        return balancer_metric(
            metrics.UNHEALTHY_TARGETS, self.load_balancer, target_group=self.target_group, statistic="Maximum"
        )

    @property
    def cpu(self) -> cloudwatch.Metric:
        """Mean CPU use of all instances, in percent."""
        return group_metric(metrics.GROUP_CPU, self.group, statistic="Average")

    @property
    def memory(self) -> cloudwatch.Metric:
        """Memory in use on the instance that has least left, in percent."""
        return group_metric(metrics.MEMORY_USED, self.group, statistic="Maximum")

    @property
    def disk(self) -> cloudwatch.Metric:
        """Use of the root volume of the instance that has least left, in percent."""
        return group_metric(metrics.DISK_USED, self.group, statistic="Maximum")

    @property
    def process_memory(self) -> Sequence[cloudwatch.Metric]:
        """Memory of a process of the proxy, in bytes: the mean, and the largest."""
        return [group_metric(metrics.PROCESS_MEMORY, self.group, statistic=each) for each in ("Average", "Maximum")]

    @property
    def in_service(self) -> cloudwatch.Metric:
        """Number of instances in service, healthy or not."""
        return group_metric(metrics.GROUP_IN_SERVICE, self.group, statistic="Maximum")


Row = Sequence[cloudwatch.IWidget]


def rows(
    names: Names,
    watched: Watched,
    *,
    alarms: Sequence[cloudwatch.IAlarm],
    observability: Observability,
    fleet: Fleet,
    image_builds: bool,
) -> Iterator[Row]:
    """Yield the dashboard's rows from top to bottom.

    :param image_builds: whether the platform builds its image.
    """
    yield [states("Alarms", alarms)]
    yield [heading("Load balancer")]
    yield from _balancer(watched)
    yield [heading("Instances")]
    yield from _fleet(watched, observability, fleet)
    yield [heading("Functions")]
    yield from _functions(names, observability)
    yield _texts(names)
    yield [heading("Cache and image builds")]
    yield from _logs(names, image_builds=image_builds)


def _balancer(watched: Watched) -> Iterator[Row]:
    def of(metric: metrics.Metric, statistic: str = "Sum") -> cloudwatch.Metric:
        return balancer_metric(metric, watched.load_balancer, statistic=statistic)

    yield [graph("New connections", [of(metrics.NEW_FLOWS)]), graph("Bytes", [of(metrics.PROCESSED_BYTES)])]
    yield [
        graph("Open connections", [of(metrics.ACTIVE_FLOWS, "Average")]),
        graph("Connections that were reset", [of(metrics.TARGET_RESETS), of(metrics.BALANCER_RESETS)]),
    ]


def _fleet(watched: Watched, observability: Observability, fleet: Fleet) -> Iterator[Row]:
    sizes = [
        group_metric(metric, watched.group, statistic="Maximum")
        for metric in (metrics.GROUP_DESIRED, metrics.GROUP_MAXIMUM)
    ]
    yield [
        graph("Healthy and unhealthy instances", [watched.healthy, watched.unhealthy]),
        graph("Instances in service", [watched.in_service, *sizes], limit=fleet.maximum),
    ]
    yield [
        graph("CPU use (%)", [watched.cpu], limit=observability.cpu_threshold_percent),
        graph("Memory use (%)", [watched.memory], limit=observability.memory_threshold_percent),
    ]
    yield [
        graph("Disk use (%)", [watched.disk], limit=observability.disk_threshold_percent),
        graph("Memory of a process of the proxy (bytes)", watched.process_memory),
    ]


def _texts(names: Names) -> Row:
    html_service = {"environment": names.environment, "service": Function.HTML_SERVICE.value}
    both = (metrics.TRANSFORMED_TEXTS, metrics.FAILED_TEXTS)
    found = [measured(metric, html_service, statistic="Sum") for metric in both]
    return [graph("Texts of pages, transformed and failed", found)]


def _functions(names: Names, observability: Observability) -> Iterator[Row]:
    def of_each(metric: metrics.Metric, statistic: str = "Sum", suffix: str = "") -> list[cloudwatch.Metric]:
        return [
            function_metric(metric, names.function(each), statistic=statistic, label=f"{each.value}{suffix}")
            for each in Function
        ]

    failures = [
        *of_each(metrics.FUNCTION_FAILURES, suffix=" failed"),
        *of_each(metrics.FUNCTION_ERRORS, suffix=" died"),
    ]
    yield [
        graph("Calls", of_each(metrics.FUNCTION_CALLS)),
        graph("Failures", failures, limit=observability.function_error_threshold),
    ]
    yield [
        graph(
            "Duration of 95 % (ms)",
            of_each(metrics.FUNCTION_DURATION, "p95"),
            limit=observability.function_duration_threshold_ms,
        ),
        graph("Refused calls", of_each(metrics.FUNCTION_THROTTLES), limit=observability.function_throttle_threshold),
    ]


def _logs(names: Names, *, image_builds: bool) -> Iterator[Row]:
    cache = [names.function_logs(Function.CACHE_SERVICE)]
    row = [log_table("Pages that the cache had (200) and had not (404)", cache, CACHE_ANSWERS)]
    if image_builds:
        row.append(log_table("Problems of image builds", [names.image_logs], PROBLEMS))
    yield row
