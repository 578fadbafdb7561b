"""What somebody asks the logs when something goes wrong; the fields are those that the functions' logger writes.

Only logs that the platform itself keeps are asked. Syntax of the commands:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from collections.abc import Iterator

from config.naming import Names
from constructs_lib.monitoring import Question
from contract import routes
from contract.cache import Strategy
from contract.components import Function

CACHE_ANSWERS = (
    'filter message = "request answered" and method = "GET" and path like "'
    + routes.CACHE_RETRIEVE_BY_KEY.format(namespace=routes.CACHE_NAMESPACE, strategy=Strategy.KEY_BASED, key="")
    + '"',
    "stats count(*) as answers by status",
)
"""Pages that the cache had (200) and had not (404)."""

PROBLEMS = (
    "filter @message like /(?i)(error|failed|timed out)/",
    "fields @timestamp, @message",
    "sort @timestamp desc",
    "limit 50",
)


def questions(names: Names, *, flow_logs: bool, image_builds: bool) -> Iterator[tuple[str, Question]]:
    """Yield what to save for a deployment, each with a construct id.

    :param flow_logs: whether the platform logs the flows of its network.
    :param image_builds: whether the platform builds its image.
    """
    functions = [names.function_logs(function) for function in Function]
    asked = {
        "ErrorsByCorrelationId": (
            "errors by correlation id",
            functions,
            (
                'filter level = "ERROR"',
                "stats count(*) as errors, latest(message) as newest, latest(error) as kind by correlation_id, service",
                "sort errors desc",
                "limit 50",
            ),
        ),
        "OneCorrelationId": (
            "everything about one correlation id",
            functions,
            (
                'filter correlation_id = "put the id here"',
                "fields @timestamp, service, level, message, method, path, status, error",
                "sort @timestamp asc",
            ),
        ),
        "SlowestCalls": (
            "slowest calls",
            functions,
            (
                'filter @type = "REPORT"',
                "fields @timestamp, @log, @duration, @initDuration, @maxMemoryUsed / 1000000 as megabytes, @requestId",
                "sort @duration desc",
                "limit 50",
            ),
        ),
        "CacheAnswers": ("cache answers", [names.function_logs(Function.CACHE_SERVICE)], CACHE_ANSWERS),
    }
    asked["InstanceProblems"] = ("problems of instances", [names.instance_logs], PROBLEMS)
    if flow_logs:
        asked["RejectedFlows"] = (
            "rejected flows",
            [names.flow_logs],
            (
                'filter action = "REJECT"',
                "stats count(*) as flows by srcAddr, dstAddr, dstPort, protocol",
                "sort flows desc",
                "limit 50",
            ),
        )
    if image_builds:
        asked["ImageBuildProblems"] = ("problems of image builds", [names.image_logs], PROBLEMS)
    for construct_id, (name, log_groups, commands) in asked.items():
        yield construct_id, Question(f"{names.prefix}/{name}", log_groups, commands)
