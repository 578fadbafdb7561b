"""Every metric that somebody here may watch: what it is called, what it is told apart by, and who emits it.

An alarm or a graph on a metric that nobody emits never says anything. So none is watched that does not stand here, and
none stands here that nobody watches. What the proxy itself counts goes to the management function, not to CloudWatch.
"""

from dataclasses import dataclass

_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
_LAMBDA_URLS = "https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html"
_CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring"
_EMBEDDED = f"{_CLOUDWATCH}/CloudWatch_Embedded_Metric_Format_Specification.html"
_BALANCER = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html"
_INSTANCES = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html"
_AGENT = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/metrics-collected-by-CloudWatch-agent.html"
_GROUPS = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-metrics.html"


@dataclass(frozen=True)
class Metric:
    """A metric in CloudWatch.

    :param dimensions: names of all its dimensions; with others it is another metric.
    :param source: where whoever emits it says so.
    """

    namespace: str
    name: str
    dimensions: tuple[str, ...]
    source: str


def _of_function(name: str, source: str = _LAMBDA) -> Metric:
    return Metric("AWS/Lambda", name, ("FunctionName",), source)


def _of_balancer(name: str) -> Metric:
    return Metric("AWS/NetworkELB", name, ("LoadBalancer",), _BALANCER)


def _of_targets(name: str) -> Metric:
    return Metric("AWS/NetworkELB", name, ("LoadBalancer", "TargetGroup"), _BALANCER)


def _of_group(name: str) -> Metric:
    return Metric("AWS/AutoScaling", name, ("AutoScalingGroupName",), _GROUPS)


FUNCTION_CALLS = _of_function("Invocations")
FUNCTION_ERRORS = _of_function("Errors")
FUNCTION_THROTTLES = _of_function("Throttles")
FUNCTION_DURATION = _of_function("Duration")
"""In milliseconds."""

FUNCTION_FAILURES = _of_function("Url5xxCount", _LAMBDA_URLS)
"""Answers with a status from 500; of the URLs of the function and of all its aliases."""

OWN_NAMESPACE = "Slipway/Functions"
"""Where the functions themselves write, by way of their logs."""


def _of_own(name: str) -> Metric:
    return Metric(OWN_NAMESPACE, name, ("environment", "service"), _EMBEDDED)


TRANSFORMED_TEXTS = _of_own("TransformedTexts")
"""Texts that went through the HTML service in whole pages."""

FAILED_TEXTS = _of_own("FailedTexts")
"""Texts of pages that stayed as they were because they could not be rated."""

HEALTHY_TARGETS = _of_targets("HealthyHostCount")
UNHEALTHY_TARGETS = _of_targets("UnHealthyHostCount")
NEW_FLOWS = _of_balancer("NewFlowCount")
ACTIVE_FLOWS = _of_balancer("ActiveFlowCount")
PROCESSED_BYTES = _of_balancer("ProcessedBytes")
TARGET_RESETS = _of_balancer("TCP_Target_Reset_Count")
BALANCER_RESETS = _of_balancer("TCP_ELB_Reset_Count")

GROUP_CPU = Metric("AWS/EC2", "CPUUtilization", ("AutoScalingGroupName",), _INSTANCES)
"""In percent, of all instances of a group."""

INSTANCE_NAMESPACE = "Slipway"
"""Where the CloudWatch agent of the instances writes; their role may write to no other."""

INSTANCE_DIMENSION = "AutoScalingGroupName"


def _of_instances(name: str) -> Metric:
    return Metric(INSTANCE_NAMESPACE, name, (INSTANCE_DIMENSION,), _AGENT)


MEMORY_USED = _of_instances("mem_used_percent")
DISK_USED = _of_instances("disk_used_percent")
"""Of the root volume."""

PROCESS_MEMORY = _of_instances("procstat_memory_rss")
"""Memory that a process of the proxy holds, in bytes."""

GROUP_IN_SERVICE = _of_group("GroupInServiceInstances")
GROUP_PENDING = _of_group("GroupPendingInstances")
GROUP_DESIRED = _of_group("GroupDesiredCapacity")
GROUP_MAXIMUM = _of_group("GroupMaxSize")

EMITTED = (
    FUNCTION_CALLS,
    FUNCTION_ERRORS,
    FUNCTION_THROTTLES,
    FUNCTION_DURATION,
    FUNCTION_FAILURES,
    TRANSFORMED_TEXTS,
    FAILED_TEXTS,
    HEALTHY_TARGETS,
    UNHEALTHY_TARGETS,
    NEW_FLOWS,
    ACTIVE_FLOWS,
    PROCESSED_BYTES,
    TARGET_RESETS,
    BALANCER_RESETS,
    GROUP_CPU,
    MEMORY_USED,
    DISK_USED,
    PROCESS_MEMORY,
    GROUP_IN_SERVICE,
    GROUP_PENDING,
    GROUP_DESIRED,
    GROUP_MAXIMUM,
)
