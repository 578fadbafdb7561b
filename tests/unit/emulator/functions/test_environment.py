"""A function sees what AWS documents, its own variables, and nothing of the machine's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from emulator.functions.environment import ADDED, NOT_SET, Function, Machine, Place, variables

FUNCTION = Function(
    name="pages", version="3", runtime="python3.12", handler="index.handler", memory_mb=256, region="us-east-1",
    log_group="/aws/lambda/pages", variables={"OWN": "1"},
)  # fmt: skip
PLACE = Place(Path("/task"), Path("/scratch"), "2026/01/01/[3]abc")
MACHINE = Machine(Path("/python"), Path("/temporary"), "http://127.0.0.1:1", Path("/ca.pem"), Path("/sockets"))
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}

# "Defined runtime environment variables" of the Lambda Developer Guide, but for those of other runtimes.
DOCUMENTED = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "LANG", "PATH",
    "LD_LIBRARY_PATH", "PYTHONPATH", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "TZ",
}  # fmt: skip
OF_EACH_CALL = {"_X_AMZN_TRACE_ID"}


def test_all_that_aws_documents_is_set_or_named_as_missing():
    seen = set(variables(replace(FUNCTION, variables={}), PLACE, MACHINE, CREDENTIALS))

    assert seen - ADDED == DOCUMENTED - NOT_SET - OF_EACH_CALL


def test_values_are_those_of_the_function():
    seen = variables(FUNCTION, PLACE, MACHINE, CREDENTIALS)

    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert (seen["LAMBDA_TASK_ROOT"], seen["TMPDIR"], seen["HOME"]) == ("/task", "/scratch", "/scratch")
    assert (seen["OWN"], seen["AWS_ACCESS_KEY_ID"]) == ("1", "key")


def test_own_variables_win_over_presets_but_not_over_reserved_ones():
    own = {"TZ": "Europe/Berlin", "AWS_ENDPOINT_URL": "http://other", "AWS_REGION": "eu-west-1", "_HANDLER": "x.y"}

    seen = variables(replace(FUNCTION, variables=own), PLACE, MACHINE, CREDENTIALS)

    assert (seen["TZ"], seen["AWS_ENDPOINT_URL"]) == ("Europe/Berlin", "http://other")
    assert (seen["AWS_REGION"], seen["_HANDLER"]) == ("us-east-1", "index.handler")


def test_functions_know_whom_to_trust():
    assert variables(FUNCTION, PLACE, MACHINE, {})["SSL_CERT_FILE"] == "/ca.pem"
