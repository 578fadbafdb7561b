"""The older of CloudWatch's two protocols: forms in, XML out. The newest botocore speaks the other one only."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.now(UTC).replace(second=0, microsecond=0)
MINUTE = timedelta(minutes=1)


def send(url: str, **form: str) -> str:
    """Send a form, with `__` for each dot in its names, and return the answer."""
    named = {name.replace("__", "."): value for name, value in form.items()}
    body = urllib.parse.urlencode({"Version": "2010-08-01", **named})
    content = {"content-type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{url}/", data=body, headers=content)
    SigV4Auth(Credentials("test", "test"), "monitoring", "us-east-1").add_auth(request)
    raw = urllib.request.Request(f"{url}/", data=body.encode(), headers=dict(request.headers))
    try:
        with urllib.request.urlopen(raw) as reply:
            return reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()


def texts(answer: str, name: str) -> list[str]:
    """Return the contents of all elements of a name."""
    return [html.unescape(text) for text in re.findall(f"<{name}>(.*?)</{name}>", answer)]


@pytest.mark.behaviour("CloudWatch", "older clients, which send forms and want XML, put and read the same", aws=False)
def test_older_clients_put_and_read_the_same(emulator, stack):
    datum = "MetricData__member__1"
    send(emulator.endpoint_url, Action="PutMetricData", Namespace=stack.name, **{
        f"{datum}__MetricName": "Calls", f"{datum}__Value": "3", f"{datum}__Timestamp": (NOW - MINUTE).isoformat(),
        f"{datum}__Dimensions__member__1__Name": "Page", f"{datum}__Dimensions__member__1__Value": "a&b",
    })  # fmt: skip
    query, metric = "MetricDataQueries__member__1", "MetricDataQueries__member__1__MetricStat__Metric"
    answer = send(emulator.endpoint_url, Action="GetMetricData", **{
        "StartTime": (NOW - 5 * MINUTE).isoformat(), "EndTime": NOW.isoformat(), f"{query}__Id": "m1",
        f"{metric}__Namespace": stack.name, f"{metric}__MetricName": "Calls",
        f"{metric}__Dimensions__member__1__Name": "Page", f"{metric}__Dimensions__member__1__Value": "a&b",
        f"{query}__MetricStat__Period": "60", f"{query}__MetricStat__Stat": "Sum",
    })  # fmt: skip

    assert texts(answer, "Values") == ["<member>3.0</member>"]
    assert texts(answer, "Timestamps") == [f"<member>{(NOW - MINUTE).isoformat()}</member>"]
    listed = send(emulator.endpoint_url, Action="ListMetrics", Namespace=stack.name)
    assert (texts(listed, "MetricName"), texts(listed, "Value")) == (["Calls"], ["a&b"])


@pytest.mark.behaviour("CloudWatch", "older clients are refused in their own form", aws=False)
def test_older_clients_are_refused_in_their_form(emulator):
    answer = send(emulator.endpoint_url, Action="PutMetricData", Namespace="AWS/Lambda")

    assert texts(answer, "Code") == ["InvalidParameterValue"]


@pytest.mark.behaviour("CloudWatch alarms", "older clients put alarms on expressions, too", aws=False)
def test_older_clients_put_alarms_on_expressions(emulator, client, stack):
    form = {
        "AlarmName": stack.name, "Threshold": "1", "EvaluationPeriods": "1", "ComparisonOperator": "LessThanThreshold",
        "Metrics__member__1__Id": "e1", "Metrics__member__1__Expression": "2 * 3", "Metrics__member__1__Period": "60",
    }  # fmt: skip
    send(emulator.endpoint_url, Action="PutMetricAlarm", **form)

    [made] = client("cloudwatch").describe_alarms(AlarmNames=[stack.name])["MetricAlarms"]
    assert made["Metrics"] == [{"Id": "e1", "Expression": "2 * 3", "Period": 60, "ReturnData": True}]
    client("cloudwatch").delete_alarms(AlarmNames=[stack.name])
