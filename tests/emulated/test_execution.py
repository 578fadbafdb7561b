"""How calls of functions run, fail and report, and what a function can see."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.functions.environment import ADDED, NOT_SET
from emulator.functions.idle import KEEP_AT_MOST
from tests.emulated.conftest import eventually
from tests.emulated.test_functions import ROLE, bucket, call, function, url_resources

__all__ = ["bucket"]

CODE = """
import importlib, json, logging, os, sys, time
calls = 0
def handler(event, context):
    global calls
    calls += 1
    match event:
        case {"raise": text}: raise ValueError(text)
        case {"print": text}: print(text)
        case {"import": name}: return importlib.import_module(name).__name__
        case {"environment": _}: return dict(os.environ)
        case {"long": length}: return "x" * length
        case {"return": "set"}: return {1}
        case {"exit": status}: os._exit(status)
        case {"sleep": seconds}: time.sleep(seconds)
        case {"mark": path}:
            open(path, "w").close()
            while os.path.exists(path): time.sleep(0.01)
        case {"context": _}:
            return {name: getattr(context, name) for name in ("function_name", "function_version", "memory_limit_in_mb",
                    "invoked_function_arn", "aws_request_id", "log_group_name", "log_stream_name")}
    return calls
"""


def resources(code: str = CODE, **properties: Any) -> dict[str, Any]:
    return {"Role": ROLE, "Function": function(Code={"ZipFile": code}, **properties)}


class Deployed:
    """One function, called over the API."""

    def __init__(self, name: str, client: Any) -> None:
        self.name = name
        self.client = client

    def call(self, event: Any = None, **named: Any) -> dict[str, Any]:
        answer = self.client.invoke(FunctionName=self.name, Payload=json.dumps(event), LogType="Tail", **named)
        payload = answer["Payload"].read()
        return {**answer, "Payload": json.loads(payload) if payload else None}

    def log(self, event: Any) -> str:
        return base64.b64decode(self.call(event)["LogResult"]).decode()


@pytest.fixture
def deployed(stack, client) -> Deployed:
    return Deployed(stack.put(resources(Timeout=120), {"Name": {"Ref": "Function"}})["Name"], client("lambda"))


@pytest.mark.behaviour("Lambda", "an exception is answered with its type, its message and the function's own stack")
def test_exception(deployed):
    answer = deployed.call({"raise": "no such page"})

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    fault = answer["Payload"]
    assert (fault["errorType"], fault["errorMessage"]) == ("ValueError", "no such page")
    assert re.fullmatch(r"[0-9a-f-]{36}", fault["requestId"])
    assert len(fault["stackTrace"]) == 1
    assert "in handler\n" in fault["stackTrace"][0]


@pytest.mark.behaviour("Lambda", "an exception does not end the execution environment: the next call is a warm one")
def test_exception_keeps_the_environment(deployed):
    deployed.call({"raise": "x"})

    assert deployed.call()["Payload"] == 2


@pytest.mark.behaviour("Lambda", "a module that is not in the package is Runtime.ImportModuleError; boto3 is there")
@pytest.mark.parametrize("name", ["yaml", "hypercorn", "cfnlint", "ministack"])
def test_missing_dependency(stack, client, name):
    code = f"import boto3\nimport {name}\ndef handler(event, context): pass\n"
    made = Deployed(stack.put(resources(code), {"Name": {"Ref": "Function"}})["Name"], client("lambda"))

    answer = made.call()

    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ImportModuleError"
    assert answer["Payload"]["errorMessage"] == f"Unable to import module 'index': No module named '{name}'"


@pytest.mark.behaviour("Lambda", "boto3 and what comes with it can be imported without bringing it along")
def test_runtime_packages(deployed):
    for name in ("boto3", "botocore", "urllib3", "dateutil", "jmespath", "s3transfer", "six"):
        assert deployed.call({"import": name})["Payload"] == name


@pytest.mark.behaviour("Lambda", "a function sees the documented environment variables")
def test_documented_environment(deployed):
    seen = deployed.call({"environment": None})["Payload"]

    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == deployed.name
    assert seen["AWS_LAMBDA_LOG_GROUP_NAME"] == f"/aws/lambda/{deployed.name}"
    assert (seen["_HANDLER"], seen["TZ"], seen["LANG"]) == ("index.handler", ":UTC", "en_US.UTF-8")
    assert {"AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_LAMBDA_INITIALIZATION_TYPE", "LAMBDA_TASK_ROOT"} <= set(seen)


@pytest.mark.behaviour(
    "Lambda", "a function sees nothing of the environment of whoever started the emulator", aws=False
)
def test_nothing_else_in_the_environment(stack, client):
    variables = {"Environment": {"Variables": {"OWN": "1"}}}
    made = Deployed(stack.put(resources(**variables), {"Name": {"Ref": "Function"}})["Name"], client("lambda"))

    seen = set(made.call({"environment": None})["Payload"])

    documented = {
        "_HANDLER", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "TZ",
    }  # fmt: skip
    assert seen - ADDED - {"OWN"} == documented


@pytest.mark.difference(
    "Lambda",
    aws="AWS_LAMBDA_RUNTIME_API, LD_LIBRARY_PATH and PYTHONPATH are set, and there is a place for X-Ray",
    here="they are not; AWS_ENDPOINT_URL, HOME, TMPDIR are, to keep the function on this machine and to itself",
)
def test_environment_differs(deployed):
    seen = set(deployed.call({"environment": None})["Payload"])

    assert not seen & NOT_SET
    assert {"AWS_ENDPOINT_URL", "HOME", "TMPDIR"} <= seen


@pytest.mark.behaviour("Lambda", "the context names function, version, memory, log group and stream, and the call")
def test_context(deployed):
    seen = deployed.call({"context": None})["Payload"]

    assert seen["function_name"] == deployed.name
    assert (seen["function_version"], seen["memory_limit_in_mb"]) == ("$LATEST", "128")
    assert seen["invoked_function_arn"].endswith(f":function:{deployed.name}")
    assert seen["log_group_name"] == f"/aws/lambda/{deployed.name}"
    assert "[$LATEST]" in seen["log_stream_name"]


@pytest.mark.behaviour(
    "Lambda", "the tail of the log has START, what was printed, END and REPORT with a cold start's time"
)
def test_tail(deployed):
    lines = deployed.log({"print": "hello"}).splitlines()

    assert re.fullmatch(r"START RequestId: \S+ Version: \$LATEST", lines[0])
    assert lines[1] == "hello"
    assert lines[2].startswith("END RequestId: ")
    assert re.search(
        r"REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB", lines[3]
    )
    assert "Init Duration: " in lines[3]
    assert "Init Duration: " not in deployed.log(None)


@pytest.mark.behaviour("Lambda", "all calls of an execution environment log into one stream")
def test_one_stream(deployed, client):
    for text in ("first", "second"):
        deployed.call({"print": text})
    stream = deployed.call({"context": None})["Payload"]["log_stream_name"]
    logs = client("logs")

    def messages() -> list[str]:
        request = {"logGroupName": f"/aws/lambda/{deployed.name}", "logStreamName": stream, "startFromHead": True}
        try:
            return [event["message"].strip() for event in logs.get_log_events(**request)["events"]]
        except logs.exceptions.ResourceNotFoundException:
            return []

    eventually(lambda: {"first", "second"} <= set(messages()), "the log of both calls")


@pytest.mark.behaviour("Lambda", "a result that is no JSON is Runtime.MarshalError")
def test_result_that_is_no_json(deployed):
    fault = deployed.call({"return": "set"})["Payload"]

    assert fault["errorType"] == "Runtime.MarshalError"
    assert fault["errorMessage"] == "Unable to marshal response: Object of type set is not JSON serializable"


@pytest.mark.behaviour("Lambda", "a process that ends is Runtime.ExitError, and the next call starts another")
def test_exit(deployed):
    fault = deployed.call({"exit": 7})["Payload"]

    assert fault["errorType"] == "Runtime.ExitError"
    assert fault["errorMessage"].endswith("Error: Runtime exited with error: exit status 7")
    assert deployed.call()["Payload"] == 1


@pytest.mark.behaviour("Lambda", "a call that takes longer than the timeout is ended with Sandbox.Timedout")
def test_timeout(stack, client):
    made = Deployed(stack.put(resources(Timeout=1), {"Name": {"Ref": "Function"}})["Name"], client("lambda"))

    fault = made.call({"sleep": 30})["Payload"]

    assert fault["errorType"] == "Sandbox.Timedout"
    assert fault["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")


@pytest.mark.behaviour("Lambda", "an answer of more than 6 MB is Function.ResponseSizeTooLarge")
def test_large_answer(deployed):
    assert len(deployed.call({"long": 6_291_554})["Payload"]) == 6_291_554
    assert deployed.call({"long": 6_291_555})["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"


@pytest.mark.behaviour("Lambda", "a request of more than 6 MB, asynchronous 1 MB, is RequestTooLargeException (413)")
@pytest.mark.parametrize(("kind", "limit"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)])
def test_large_request(deployed, kind, limit):
    with pytest.raises(deployed.client.exceptions.RequestTooLargeException, match=str(limit)) as refused:
        deployed.client.invoke(FunctionName=deployed.name, InvocationType=kind, Payload=b'"' + b"x" * limit + b'"')

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.behaviour("Lambda", "code that is not in its bucket is refused by CreateFunction and UpdateFunctionCode")
def test_missing_code(deployed, stack, bucket):
    code = {"S3Bucket": bucket, "S3Key": "none.zip"}
    role = deployed.client.get_function_configuration(FunctionName=deployed.name)["Role"]
    with pytest.raises(ClientError, match="NoSuchKey"):
        deployed.client.update_function_code(FunctionName=deployed.name, **code)
    with pytest.raises(ClientError, match="NoSuchKey"):
        deployed.client.create_function(
            FunctionName=f"{stack.name}-none", Role=role, Code=code, Runtime="python3.12", Handler="index.handler"
        )
    assert deployed.call()["Payload"] == 1


@pytest.mark.difference(
    "Lambda",
    aws="runs java, dotnet and ruby, and container images",
    here="CreateFunction, UpdateFunctionConfiguration and the stack refuse them; nothing answers with made-up results",
)
def test_runtimes_that_cannot_run_are_refused(stack, client, deployed):
    with pytest.raises(ClientError, match=r"ruby3\.3 cannot run in the embedded AWS"):
        client("lambda").update_function_configuration(FunctionName=deployed.name, Runtime="ruby3.3")
    with pytest.raises(ClientError, match="java21 cannot run in the embedded AWS"):
        client("lambda").create_function(
            FunctionName=f"{stack.name}-java", Runtime="java21", Handler="x", Code={"ZipFile": package("x")},
            Role="arn:aws:iam::000000000000:role/any",
        )  # fmt: skip


@pytest.mark.difference("Lambda", aws="ends a function that uses more than its memory", here="lets it go on")
def test_memory_is_not_enforced(stack, client):
    code = "def handler(event, context):\n    return len(bytearray(200 * 1024 * 1024))\n"
    made = Deployed(stack.put(resources(code), {"Name": {"Ref": "Function"}})["Name"], client("lambda"))

    assert made.call()["Payload"] == 200 * 1024 * 1024


def package(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", code)
    return content.getvalue()


@pytest.mark.behaviour(
    "Lambda", "new code is used by the next call; a call in progress is finished by the old code", aws=False
)
def test_update_during_a_call(deployed, tmp_path):
    answers: list[Any] = []
    slow = threading.Thread(target=lambda: answers.append(deployed.call({"mark": str(tmp_path / "begun")})))
    slow.start()
    eventually((tmp_path / "begun").exists, "the call in progress")

    deployed.client.update_function_code(
        FunctionName=deployed.name, ZipFile=package("def handler(event, context):\n    return 'new'\n")
    )
    assert deployed.call()["Payload"] == "new"
    (tmp_path / "begun").unlink()
    slow.join()

    assert answers[0]["Payload"] == 1


@pytest.mark.behaviour(
    "Lambda", "who calls a function's address is told 502, and not why the function failed", aws=False
)
def test_failure_over_an_address(stack):
    failing = url_resources()
    failing["Function"] = function(Code={"ZipFile": "def handler(event, context):\n    raise ValueError('secret')\n"})

    url = stack.put(failing, {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    assert call(url, signed=True) == (502, b"Internal Server Error")


def test_after_a_burst_few_idle_processes_stay(deployed, emulator, tmp_path):
    def workers() -> int:
        return emulator.control("stores").get("ministack.core.lambda_runtime._workers", 0)

    # Each waits until all have begun, so that each needs a process of its own, however slowly they are started.
    marks = [tmp_path / str(number) for number in range(KEEP_AT_MOST + 8)]
    for mark in marks:
        payload = json.dumps({"mark": str(mark)})
        deployed.client.invoke(FunctionName=deployed.name, InvocationType="Event", Payload=payload)
    eventually(lambda: all(mark.exists() for mark in marks), "the burst")
    for mark in marks:
        mark.unlink()

    eventually(lambda: workers() <= KEEP_AT_MOST + 1, "the end of the idle ones")


@pytest.mark.behaviour("Lambda", "a request of more than 6 MB to a function's address is refused with 413", aws=False)
def test_large_request_to_an_address(stack, client):
    url = stack.put(url_resources(), {"Url": {"Fn::GetAtt": ["Url", "FunctionUrl"]}})["Url"]

    assert call(url, signed=True, body=b"x" * 5_000_000)[0] == 413
