"""What CloudWatch refuses to be told or asked of metrics."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.test_metrics import datum, minute, read


@pytest.mark.parametrize(
    ("queries", "why"),
    [
        ([{"Id": "e1", "Expression": "m1 * 2"}], "m1"),
        ([{"Id": "E1", "Expression": "1"}], "Id"),
    ],
)
@pytest.mark.behaviour("CloudWatch", "GetMetricData refuses queries that refer to nothing or have a bad id")
def test_wrong_queries_are_refused(client, queries: list[dict[str, Any]], why: str):
    with pytest.raises(ClientError, match=why) as refused:
        read(client("cloudwatch"), queries)
    assert refused.value.response["Error"]["Code"] in ("ValidationError", "InvalidParameterValue")


@pytest.mark.difference(
    "CloudWatch",
    aws="computes all functions of metric math, SEARCH and anomaly detection among them",
    here="computes arithmetic, IF, FILL, SUM, AVG, MIN, MAX and METRICS; any other is refused by its name",
)
def test_functions_that_are_not_emulated_are_refused_by_name(client):
    with pytest.raises(ClientError, match="SEARCH is not emulated in metric math; there are AVG, FILL"):
        read(client("cloudwatch"), [{"Id": "e1", "Expression": "SEARCH('{AWS/EC2,InstanceId}', 'Average', 60)"}])


@pytest.mark.behaviour("CloudWatch", "values are refused whose time is older than two weeks")
def test_values_that_are_too_old_are_refused(client, stack):
    with pytest.raises(ClientError, match="Timestamp"):
        client("cloudwatch").put_metric_data(
            Namespace=stack.name, MetricData=[datum("Calls", 1, ago=60 * 24 * 15)]
        )  # fmt: skip


@pytest.mark.behaviour("CloudWatch", "GetMetricStatistics refuses a range of more than 1440 values")
def test_too_many_values_are_refused(client):
    with pytest.raises(ClientError, match=r"exceeds the limit of 1.?440"):
        client("cloudwatch").get_metric_statistics(
            Namespace="Shop", MetricName="Calls", StartTime=minute(2000), EndTime=minute(0), Period=60,
            Statistics=["Sum"],
        )  # fmt: skip


@pytest.mark.behaviour("CloudWatch", "values that are no finite numbers are refused")
def test_values_that_are_no_numbers_are_refused(client, stack):
    with pytest.raises(ClientError) as refused:
        client("cloudwatch").put_metric_data(Namespace=stack.name, MetricData=[datum("Calls", float("nan"))])

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
