"""Faults on demand: boto3 meets what it would meet on AWS, and CloudFormation fails as it fails there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from emulator.faults.client import injected
from emulator.launcher import Emulator
from tests.emulated.conftest import Client, Stack
from tests.emulated.shapes import watch

QUEUE = {"Type": "AWS::SQS::Queue"}
PARAMETER = {"Type": "AWS::SSM::Parameter", "DependsOn": "Queue", "Properties": {"Type": "String", "Value": "on"}}

Connect = Callable[..., Any]


@pytest.fixture(scope="module")
def connect(emulator: Emulator) -> Connect:
    """Return a function that makes a boto3 client which tries as often as asked."""

    def make(service: str, attempts: int = 1, **settings: object) -> Any:
        retries = {"total_max_attempts": attempts, "mode": "standard"}
        return watch(
            boto3.client(
                service, endpoint_url=emulator.endpoint_url, region_name="us-east-1", aws_access_key_id="test",
                aws_secret_access_key="test", config=Config(retries=retries, **settings),
            )
        )  # fmt: skip

    return make


def refused(call: Callable[[], object]) -> tuple[str, int, str]:
    """Return code, status and words of the error that a call meets."""
    with pytest.raises(ClientError) as raised:
        call()
    response = raised.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return response["Error"]["Code"], status, response["Error"]["Message"]


PROTOCOLS = [
    pytest.param("cloudformation", "ListStacks", "Throttling", 400, "AccessDenied", id="query"),
    pytest.param("ec2", "DescribeVpcs", "RequestLimitExceeded", 503, "UnauthorizedOperation", id="ec2"),
    pytest.param("s3", "ListBuckets", "SlowDown", 503, "AccessDenied", id="rest-xml"),
    pytest.param("dynamodb", "ListTables", "ThrottlingException", 400, "AccessDeniedException", id="json"),
    pytest.param("lambda", "ListFunctions", "TooManyRequestsException", 429, "AccessDeniedException", id="rest-json"),
    pytest.param("cloudwatch", "ListMetrics", "Throttling", 400, "AccessDeniedException", id="cbor"),
    pytest.param(
        "imagebuilder", "ListImages", "CallRateLimitExceededException", 429, "AccessDeniedException", id="our own"
    ),
]


@pytest.mark.behaviour("Faults", "each service throttles, denies and fails in its own protocol and words", aws=False)
@pytest.mark.parametrize(("service", "action", "throttled", "status", "denied"), PROTOCOLS)
def test_each_protocol(
    emulator: Emulator, connect: Connect, service: str, action: str, throttled: str, status: int, denied: str
) -> None:
    client = connect(service)
    call = getattr(client, boto3.session.botocore.xform_name(action))

    with injected(emulator, "throttle", service=service, action=action):
        assert refused(call)[:2] == (throttled, status)
    with injected(emulator, "deny", service=service, action=action):
        code, _status, words = refused(call)
        assert code == denied
        assert "is not authorized to perform" in words
    with injected(emulator, "error", service=service, action=action, status=503):
        assert refused(call)[:2] == ("ServiceUnavailable", 503)
    call()


def test_sdks_try_again_and_each_try_is_counted(emulator: Emulator, connect: Connect) -> None:
    with injected(emulator, "throttle", service="sqs", action="ListQueues", times=2) as fault:
        answer = connect("sqs", attempts=4).list_queues()

        assert answer["ResponseMetadata"]["RetryAttempts"] == 2
        assert fault.hits == 2


def test_only_what_is_named_fails(emulator: Emulator, connect: Connect) -> None:
    s3 = connect("s3")
    s3.create_bucket(Bucket="faults-bucket")
    with injected(emulator, "deny", service="s3", resource="arn:aws:s3:::faults-bucket/secret/*"):
        s3.put_object(Bucket="faults-bucket", Key="open", Body=b"1")

        assert refused(lambda: s3.get_object(Bucket="faults-bucket", Key="secret/1"))[0] == "AccessDenied"


def test_any_code_and_words(emulator: Emulator, connect: Connect) -> None:
    settings = {"code": "LimitExceededException", "status": 400, "message": "no more <tables>"}
    with injected(emulator, "error", service="dynamodb", action="ListTables", **settings):
        assert refused(connect("dynamodb").list_tables) == ("LimitExceededException", 400, "no more <tables>")


def test_a_lost_response_is_an_action_done(emulator: Emulator, connect: Connect) -> None:
    sqs = connect("sqs")
    lost = injected(emulator, "lost-response", service="sqs", action="CreateQueue")
    with lost, pytest.raises(ConnectionClosedError):
        sqs.create_queue(QueueName="faults-lost")

    assert sqs.get_queue_url(QueueName="faults-lost")["QueueUrl"].endswith("/faults-lost")


def test_a_timeout_is_a_request_without_an_answer(emulator: Emulator, connect: Connect) -> None:
    # It is the client that gives up, long before there would be an answer.
    impatient = connect("sqs", read_timeout=0.2)
    with injected(emulator, "timeout", service="sqs", action="ListQueues", seconds=2), pytest.raises(ReadTimeoutError):
        impatient.list_queues()


def test_a_delay_only_delays(emulator: Emulator, connect: Connect) -> None:
    with injected(emulator, "delay", service="sqs", action="ListQueues", seconds=0.3):
        begun = time.monotonic()
        connect("sqs").list_queues()
        assert time.monotonic() - begun > 0.3


def put(stack: Stack, resources: dict[str, Any]) -> None:
    stack.apply({"Resources": resources})


@pytest.mark.behaviour("Faults", "a resource that fails rolls its stack back, with the reason in the events", aws=False)
def test_a_resource_cannot_be_made(emulator: Emulator, stack: Stack) -> None:
    settings = {"type": "AWS::SSM::Parameter", "stack": stack.name, "message": "Insufficient capacity"}
    with injected(emulator, "fail-create", **settings) as fault:
        put(stack, {"Queue": QUEUE, "Parameter": PARAMETER})

        assert stack.status() == "ROLLBACK_COMPLETE"
        assert stack.reasons() == ["Insufficient capacity"]
        assert fault.describe()["recent"][0]["stack"] == stack.name


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("throttle", "Rate exceeded (Service: Ssm, Status Code: 400, "),
        ("deny", "is not authorized to perform: ssm:PutParameter"),
        ("error", "(Service: Ssm, Status Code: 500, "),
    ],
)
def test_what_a_service_refuses_fails_stacks_as_well(emulator: Emulator, stack: Stack, fault: str, reason: str) -> None:
    with injected(emulator, fault, service="ssm", action="PutParameter"):
        put(stack, {"Queue": QUEUE, "Parameter": PARAMETER})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert reason in stack.reasons()[0]
    assert "HandlerErrorCode: " in stack.reasons()[0]


def test_cloudformation_tries_a_busy_service_again(emulator: Emulator, stack: Stack) -> None:
    with injected(emulator, "throttle", service="ssm", action="PutParameter", times=2) as fault:
        stack.put({"Queue": QUEUE, "Parameter": PARAMETER})

        assert fault.hits == 2


def test_a_resource_cannot_be_changed(emulator: Emulator, stack: Stack) -> None:
    stack.put({"Queue": QUEUE, "Parameter": PARAMETER})
    with injected(emulator, "fail-update", stack=stack.name, resource="Parameter"):
        put(stack, {"Queue": QUEUE, "Parameter": {**PARAMETER, "Properties": {"Type": "String", "Value": "off"}}})

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert "did not stabilize" in stack.reasons()[0]


def test_a_resource_cannot_be_removed_at_first(emulator: Emulator, stack: Stack) -> None:
    stack.put({"Queue": QUEUE, "Parameter": PARAMETER})
    with injected(emulator, "fail-delete", stack=stack.name, resource="Queue", message="in use"):
        assert stack.delete() == "DELETE_FAILED"
    assert "in use" in stack.reasons()

    assert stack.delete() in (None, "DELETE_COMPLETE")


def test_a_slow_resource_is_in_progress_and_the_emulator_serves_on(
    emulator: Emulator, connect: Connect, stack: Stack
) -> None:
    cloudformation = connect("cloudformation")
    with injected(emulator, "slow-create", stack=stack.name, resource="Queue", seconds=3):
        begun = time.monotonic()
        cloudformation.create_stack(StackName=stack.name, TemplateBody=json.dumps({"Resources": {"Queue": QUEUE}}))

        assert stack.status() == "CREATE_IN_PROGRESS"
        while stack.status() == "CREATE_IN_PROGRESS":
            time.sleep(0.02)
        assert time.monotonic() - begun > 3
    assert stack.status() == "CREATE_COMPLETE"


def test_a_resource_vanishes_before_a_request(emulator: Emulator, connect: Connect, stack: Stack) -> None:
    stack.put({"Queue": QUEUE, "Parameter": PARAMETER})
    name = stack.physical_id("Parameter")
    with injected(emulator, "vanish", stack=stack.name, resource="Parameter") as fault:
        code, _status, _words = refused(lambda: connect("ssm").get_parameter(Name=name))

        assert code == "ParameterNotFound"
        assert fault.hits == 1
    assert stack.delete() in (None, "DELETE_COMPLETE")


def test_a_resource_vanishes_before_its_stack_changes_it(emulator: Emulator, stack: Stack) -> None:
    stack.put({"Queue": QUEUE})
    with injected(emulator, "vanish", stack=stack.name, resource="Queue"):
        put(stack, {"Queue": {**QUEUE, "Properties": {"VisibilityTimeout": 33}}})

    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert "was not found" in stack.reasons()[0]


TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
FUNCTION = {
    "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.12",
            "Handler": "index.handle",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handle(event, context):\n    return 'fine'\n"},
        },
    },
}


@pytest.fixture(scope="module")
def function(client: Client) -> Iterator[str]:
    made = Stack("faults-function", client("cloudformation"))
    made.put(FUNCTION)
    yield made.physical_id("Function")
    made.delete()


@pytest.mark.parametrize(
    ("fault", "settings", "kind"),
    [
        ("function-crash", {}, "Runtime.ExitError"),
        ("function-init-error", {"message": "No module named 'lxml'"}, "Runtime.ImportModuleError"),
        ("function-timeout", {"seconds": 0}, "Sandbox.Timedout"),
    ],
)
def test_a_function_fails(
    emulator: Emulator, client: Client, function: str, fault: str, settings: dict[str, Any], kind: str
) -> None:
    with injected(emulator, fault, resource=function, **settings):
        answer = client("lambda").invoke(FunctionName=function)
        failure = json.loads(answer["Payload"].read())

    assert answer["StatusCode"] == 200
    assert "FunctionError" in answer
    assert failure["errorType"] == kind
    assert failure["errorMessage"]
    assert json.loads(client("lambda").invoke(FunctionName=function)["Payload"].read()) == "fine"
