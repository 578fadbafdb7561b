"""An execution environment answers each call once, whatever the function does, and leaves nothing behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.functions.environment import Function, Machine, Place, variables
from emulator.functions.process import Answer, ExecutionEnvironment, exit_fault, timeout_fault
from emulator.processes import ProcessIdentity, wait_until_gone

CODE = """
import os, subprocess, sys, threading, time
count = 0
def handler(event, context):
    global count
    count += 1
    match event:
        case ["say", text]: print(text); print("and", file=sys.stderr); return count
        case ["sleep", seconds]: time.sleep(seconds)
        case ["exit", status]: print("bye", flush=True); os._exit(status)
        case ["long", length]: return "x" * length
        case ["length", text]: return len(text)
        case ["left", _]: return context.get_remaining_time_in_millis()
        case ["child", _]: return subprocess.Popen(["sleep", "60"]).pid
        case ["silent", _]: os.close(2); return sys.stdin.read()
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ExecutionEnvironment]]:
    started = []

    def make(code: str = CODE, packages: tuple[Path, ...] = ()) -> ExecutionEnvironment:
        (tmp_path / "index.py").write_text(code)
        function = Function("f", "$LATEST", "python3.12", "index.handler", 128, "us-east-1", "/aws/lambda/f", {})
        machine = Machine(Path(sys.executable), tmp_path, "http://127.0.0.1:1", tmp_path / "ca.pem", tmp_path)
        seen = variables(function, Place(tmp_path, tmp_path, "stream"), machine, {})
        environment = ExecutionEnvironment(Path(sys.executable), seen, tmp_path, packages)
        started.append(environment)
        return environment

    yield make
    for environment in started:
        environment.end()


@pytest.fixture
def environment(start) -> ExecutionEnvironment:
    made = start()
    assert made.wait_until_ready(60).fault is None
    return made


def call(environment: ExecutionEnvironment, *event: Any, seconds: float = 10) -> Answer:
    return environment.invoke({"event": event, "request_id": "id-1", "function_arn": "arn"}, seconds)


def test_it_stays_and_remembers(environment):
    assert [call(environment, "say", "a").payload for _ in range(3)] == [1, 2, 3]


def test_output_belongs_to_its_call_in_the_order_it_was_printed(environment):
    assert call(environment, "say", "one").output == ("one", "and")
    assert call(environment, "say", "two").output == ("two", "and")


def test_large_requests_and_answers_pass(environment):
    assert call(environment, "length", "ä" * 3_000_000).payload == 3_000_000
    answer = call(environment, "long", 3_000_000)
    assert (len(answer.payload), answer.payload_bytes) == (3_000_000, 3_000_002)


def test_memory_is_reported(environment):
    assert 5 < call(environment, "say", "a").peak_mb < 100


def test_what_takes_too_long_is_ended(environment):
    began = time.monotonic()

    answer = call(environment, "sleep", 60, seconds=0.2)

    assert answer.fault == timeout_fault(0.2, "id-1")
    assert "Task timed out after 0.20 seconds" in answer.fault["errorMessage"]
    assert time.monotonic() - began < 2
    environment.end()
    assert not environment.is_alive()


def test_the_end_of_the_process_is_an_answer_with_what_it_printed(environment):
    answer = call(environment, "exit", 3)

    assert answer.fault == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: id-1 Error: Runtime exited with error: exit status 3",
    }
    assert answer.output == ("bye",)


def test_remaining_time_is_that_of_the_call(environment):
    assert 4000 < call(environment, "left", None, seconds=5).payload <= 5000


def test_what_the_function_started_ends_with_it(environment):
    child = ProcessIdentity.of(call(environment, "child", None).payload)

    environment.end()

    assert wait_until_gone([child], 5)


def test_standard_input_is_empty(environment):
    assert call(environment, "silent", None).payload == ""


def test_a_start_that_fails_says_why_and_what_was_printed(start):
    ready = start("print('before')\nimport yamlette\n").wait_until_ready(60)

    assert ready.fault["errorType"] == "Runtime.ImportModuleError"
    assert ready.output[0] == "before"


def test_a_start_that_hangs_is_ended(start):
    assert start("import time\ntime.sleep(60)\n").wait_until_ready(0.3).fault["errorType"] == "Sandbox.Timedout"


def test_packages_of_layers_are_found_before_those_of_the_runtime(start, tmp_path):
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "botocore.py").write_text("FROM_LAYER = True\n")
    code = "import botocore\ndef handler(event, context):\n    return botocore.FROM_LAYER\n"
    made = start(code, packages=(layer,))
    made.wait_until_ready(60)

    assert call(made, "any").payload is True


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (0, "Runtime exited without providing a reason"),
        (1, "Runtime exited with error: exit status 1"),
        (-9, "Runtime exited with error: signal: killed"),
    ],
)
def test_ends_are_named_as_lambda_names_them(status, reason):
    assert exit_fault(status, "x")["errorMessage"] == f"RequestId: x Error: {reason}"
