"""The commands about faults and time, the whole way from the command line to a stack that fails and is mended."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulator.faults.client import injected
from emulator.launcher import Emulator, EmulatorError
from tests.emulated.conftest import Stack, eventually

PARAMETER = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "on"}}


@pytest.fixture
def cli(emulator: Emulator, project_root: Path):
    def run(*words: str, status: int = 0) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "emulator", *words, "--state", str(emulator.state)],
            cwd=project_root, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == status, ran.stderr
        return ran.stdout if status == 0 else ran.stderr

    return run


def test_a_user_rehearses_a_failed_deployment(cli, stack: Stack) -> None:
    fault = cli("faults", "add", "deny", "--service", "ssm", "--action", "PutParameter").strip()

    stack.apply({"Resources": {"Parameter": PARAMETER}})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: ssm:PutParameter" in stack.reasons()[0]
    listed = json.loads(cli("faults", "list", "--json"))
    assert [(one["id"], one["hits"]) for one in listed] == [(fault, 1)]
    assert "CREATE_FAILED" in cli("timeline", stack.name)

    cli("faults", "clear")
    stack.delete()
    stack.put({"Parameter": PARAMETER})
    assert cli("faults", "list") == "no faults are in force\n"


def test_a_mistake_is_one_message_and_changes_nothing(cli, emulator: Emulator) -> None:
    with injected(emulator, "delay", service="sqs", seconds=0) as fault:
        said = cli("faults", "add", "throtle", "--service", "lambda", status=1)

        assert said.startswith("error: there is no fault 'throtle'; did you mean 'throttle'?")
        assert "Traceback" not in said
        assert [one["id"] for one in emulator.control("faults-list")["faults"]] == [fault.identifier]


@pytest.mark.parametrize(
    ("command", "arguments", "words"),
    [
        ("faults-add", {"fault": "deny", "service": "lamda"}, "did you mean 'lambda'?"),
        ("faults-add", {"fault": "deny", "service": "ec2", "action": "RunInstance"}, "did you mean 'RunInstances'?"),
        ("faults-add", {"fault": "fail-create", "type": "AWS::S3::Buckt"}, "did you mean 'AWS::S3::Bucket'?"),
        ("faults-remove", {"ids": ["f999"]}, "there is no fault f999; there are "),
        ("faults-remove", {}, "there is no fault without an id"),
        ("faults-remove", {"ids": 5}, "ids is 5, but must be a list of texts"),
        ("faults-remove", {"ids": "f1"}, "ids is 'f1', but must be a list of texts"),
        ("faults-remove", {"ids": [["f1"]]}, "ids is [['f1']], but must be a list of texts"),
        ("faults-add", {"fault": ["deny"]}, "fault is ['deny'], but must be a text"),
        ("faults-add", {"fault": "error", "code": {"a": 1}}, "code is {'a': 1}, but must be an error code"),
        ("faults-add", {"fault": "error", "status": True}, "status is True, but must be a whole number"),
        (
            "clock",
            {"advance": 1e12},
            "advance is 1000000000000.0, but the clock can be put forward by at most 10 years",
        ),
        ("faults-add", {"fault": "delay", "seconds": 1e12}, "must be a number of at least 0 and of at most 604800"),
        ("clock", {"advance": [1]}, "advance is [1], but must be a number of at least 0"),
        ("clock", {"realistic": "no"}, "realistic is 'no', but must be true or false"),
        ("clock", {"pace": ["slow"]}, "there is no pace ['slow']; there are typical, slow"),
        ("durations", {"type": 5}, "type is 5, but must be a text"),
        ("timeline", {"stack": ["a"]}, "stack is ['a'], but must be a text"),
        ("clock", {"speed": "fast"}, "speed is 'fast', but must be a number of at least 1, or max"),
        ("clock", {"speed": 0}, "speed is 0, but must be"),
        ("clock", {"advance": -1}, "advance is -1, but must be a number of at least 0"),
        ("clock", {"advance": "max"}, "advance is 'max'"),
        ("clock", {"advance": "inf"}, "advance is 'inf', but must be a number of seconds of at least 0"),
        ("clock", {"pace": "quick"}, "there is no pace 'quick'; there are typical, slow"),
        ("timeline", {"stack": "no-such-stack"}, "there is no stack 'no-such-stack'"),
    ],
)
def test_what_is_wrong_is_refused_with_what_is_allowed(
    emulator: Emulator, command: str, arguments: dict[str, object], words: str
) -> None:
    before = emulator.control("faults-list")

    with pytest.raises(EmulatorError) as raised:
        emulator.control(command, **arguments)

    assert words in str(raised.value)
    assert emulator.control("faults-list") == before
    assert emulator.control("clock")["speed"] == 1


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator whose clock may go wrong for others."""
    started = Emulator(tmp_path / "state")
    started.start()
    yield started
    started.destroy()


def client_of(emulator: Emulator, service: str) -> Any:
    return boto3.client(
        service, endpoint_url=emulator.endpoint_url, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip


def test_what_keeps_time_follows_when_the_clock_is_put_forward(lonely: Emulator) -> None:
    now = datetime.now(UTC)
    cloudwatch, dynamodb = client_of(lonely, "cloudwatch"), client_of(lonely, "dynamodb")
    cloudwatch.put_metric_alarm(
        AlarmName="quiet", Namespace="Rehearsal", MetricName="Pages", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching",
    )  # fmt: skip
    datum = {"MetricName": "Pages", "Value": 5, "Timestamp": now - timedelta(minutes=1)}
    cloudwatch.put_metric_data(Namespace="Rehearsal", MetricData=[datum])
    dynamodb.create_table(
        TableName="pages", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    dynamodb.update_time_to_live(TableName="pages", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    until = int((now + timedelta(minutes=30)).timestamp())
    dynamodb.put_item(TableName="pages", Item={"id": {"S": "1"}, "until": {"N": str(until)}})

    def state() -> str:
        return cloudwatch.describe_alarms(AlarmNames=["quiet"])["MetricAlarms"][0]["StateValue"]

    eventually(lambda: state() == "OK", "the alarm's first state")
    assert dynamodb.scan(TableName="pages")["Count"] == 1

    lonely.control("clock", advance=3600)

    eventually(lambda: state() == "ALARM", "the alarm for an hour without data")
    eventually(lambda: dynamodb.scan(TableName="pages")["Count"] == 0, "the end of what was to live half an hour")


def test_a_restart_forgets_faults_and_brings_real_time_back(lonely: Emulator) -> None:
    emulator = lonely
    before = emulator.control("clock")
    after = emulator.control("clock", advance=3600)
    emulator.control("faults-add", fault="deny")
    emulator.stop()
    emulator.start()

    assert after["simulated"] - before["simulated"] >= 3600
    assert after["real"] - before["real"] < 60
    assert emulator.control("faults-list") == {"faults": []}
    restarted = emulator.control("clock")
    assert restarted["simulated"] - restarted["real"] < 1


def test_the_table_of_durations_is_served(emulator: Emulator) -> None:
    (row,) = emulator.control("durations", type="AWS::EC2::NatGateway")["durations"]

    assert row["create"]["typical"] == 110
