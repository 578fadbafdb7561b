"""Over a long run nothing grows without end."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from emulator.launcher import Emulator
from emulator.paths import EMULATOR_PYTHON, ROOT
from tests.emulated.conftest import Stack, eventually
from tests.emulated.test_functions import ROLE, function
from tests.emulated.test_persistence import client_of, own

__all__ = ["own"]

ROUND = 40
BOUNDED = {
    "emulator.plugin.metrics._stores",
    "ministack.services.cloudformation._stacks", "ministack.services.cloudformation._stack_events",
    "ministack.services.cloudwatch._metrics", "ministack.services.cloudwatch_logs._log_groups",
    "ministack.services.cloudwatch_logs._log_records", "ministack.services.eventbridge._events_log",
    "ministack.services.ssm._parameter_history", "ministack.services.sts._sessions",
}  # fmt: skip
"""What may grow, up to the bounds in `emulator/plugin/bounds.py`, `logs.py` and `metrics.py`."""

RESOURCES = {
    "Role": ROLE,
    "Function": function(Code={"ZipFile": "def handler(event, context):\n    print(event)\n"}),
    "Topic": {"Type": "AWS::SNS::Topic"},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Bucket": {"Type": "AWS::S3::Bucket"},
}
OUTPUTS = {name: {"Ref": name} for name in ("Function", "Topic", "Queue", "Bucket")}


@pytest.fixture
def use(own) -> Callable[[int], None]:
    """Return a function that makes one call of each kind, and leaves nothing behind that AWS would keep."""
    service = {
        name: client_of(own, name) for name in ("cloudformation", "lambda", "s3", "sqs", "sns", "events", "ssm", "logs")
    }
    made = Stack("long-run", service["cloudformation"]).put(RESOURCES, OUTPUTS)
    service["logs"].create_log_group(logGroupName="long-run")
    service["logs"].create_log_stream(logGroupName="long-run", logStreamName="one")

    def once(number: int) -> None:
        service["lambda"].invoke(FunctionName=made["Function"])
        service["s3"].put_object(Bucket=made["Bucket"], Key="key", Body=b"body")
        service["s3"].delete_object(Bucket=made["Bucket"], Key="key")
        service["sqs"].send_message(QueueUrl=made["Queue"], MessageBody="message")
        for message in service["sqs"].receive_message(QueueUrl=made["Queue"]).get("Messages", []):
            service["sqs"].delete_message(QueueUrl=made["Queue"], ReceiptHandle=message["ReceiptHandle"])
        service["sns"].publish(TopicArn=made["Topic"], Message="message")
        service["events"].put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])
        service["ssm"].put_parameter(Name="/long-run", Value=str(number), Type="String", Overwrite=True)
        event = {"timestamp": int(time.time() * 1000), "message": "message"}
        service["logs"].put_log_events(logGroupName="long-run", logStreamName="one", logEvents=[event])
        passing = Stack(f"passing-{number % 5}", service["cloudformation"])
        passing.put({"Topic": {"Type": "AWS::SNS::Topic"}})
        passing.delete()

    return once


def stores(emulator: Emulator) -> dict[str, int]:
    return {name: int(size) for name, size in emulator.control("stores").items()}


def grown(before: dict[str, int], after: dict[str, int], by: int) -> dict[str, tuple[int, int]]:
    sizes = {name: (before.get(name, 0), size) for name, size in after.items()}
    return {name: (was, now) for name, (was, now) in sizes.items() if now - was >= by}


def test_the_same_again_and_again_lets_nothing_grow_but_what_is_bounded(own, use):
    for number in range(ROUND):
        use(number)
    before = stores(own)
    for number in range(ROUND, 2 * ROUND):
        use(number)

    found = grown(before, stores(own), by=ROUND // 4)

    assert set(found) <= BOUNDED, f"give these a bound, and name them here: {json.dumps(found)}"


@pytest.mark.behaviour("SSM", "100 versions of a parameter are kept, the newest", aws=False)
def test_versions_of_a_parameter(emulator):
    # Not the watched client: botocore says that a version has at least one label, where AWS answers with none.
    ssm, name = client_of(emulator, "ssm"), "/test/versions"
    for number in range(110):
        ssm.put_parameter(Name=name, Value=str(number), Type="String", Overwrite=True)

    def versions() -> list[Any]:
        pages = ssm.get_paginator("get_parameter_history").paginate(Name=name)
        return [version["Value"] for page in pages for version in page["Parameters"]]

    assert eventually(lambda: len(versions()) == 100 and versions(), "the bound")[-1] == "109"
    ssm.delete_parameter(Name=name)


LIMITS = """
from emulator.plugin import bounds
for name in ("CHANGE_SETS", "EVENTS", "EVENTS_PER_STACK", "SESSIONS"):
    setattr(bounds, name, 3)
stacks, sessions = bounds._stacks, bounds._sts._sessions
stacks._stacks["stack"] = {"StackId": "stack", "StackStatus": "CREATE_COMPLETE"}
stacks._stack_events["stack"] = list(range(5))
stacks._change_sets["open"] = {"ExecutionStatus": "AVAILABLE"}
bounds._events._events_log["entries"] = list(range(5))
for number in range(5):
    stacks._change_sets[f"through-{number}"] = {"ExecutionStatus": "EXECUTE_COMPLETE"}
    sessions[f"key-{number}"] = {}
bounds.trim()
print(stacks._stack_events["stack"], bounds._events._events_log["entries"])
print(*(key for key, _each in stacks._change_sets.items()))
print(*sessions)
"""


def test_the_oldest_of_what_nobody_removes_is_forgotten():
    # In a process of its own: the limits are far beyond what a test can make.
    run = subprocess.run(
        [EMULATOR_PYTHON, "-c", LIMITS], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert run.stdout.splitlines() == [
        "[2, 3, 4] [2, 3, 4]",
        "open through-2 through-3 through-4",
        "key-2 key-3 key-4",
    ], run.stderr


def test_deleted_stacks_are_forgotten_one_day(own):
    cloudformation = client_of(own, "cloudformation")
    topic = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for number in range(120):
        cloudformation.create_stack(StackName=f"passing-{number}", TemplateBody=topic)
    for number in range(120):
        cloudformation.delete_stack(StackName=f"passing-{number}")

    def deleted() -> int:
        listed = cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
        return sum(len(page["StackSummaries"]) for page in listed)

    eventually(lambda: deleted() == 100, "the bound")
