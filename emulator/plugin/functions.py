"""Lambda: faster and stricter functions, and function addresses that work on this machine."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.plugin.resources import Create, Created, Properties, after, amend, rename_physical_ids
from emulator.runtimes import this_host

_lambda = borrow(
    "services.lambda_svc",
    "_create_function_url_config",
    "_fetch_code_from_s3",
    "_function_url_id",
    "_function_urls",
    "_functions",
    "_reserved_concurrency",
    "_url_config_key",
)
_runtime = borrow("core.lambda_runtime", "Worker", "_PYTHON_WORKER_SCRIPT", "_detect_runtime_binary")
_responses = borrow("core.responses", "json_response")

URL_PATH = "/_aws/lambda-url/"
_worker = threading.local()


def _require_code(original: Create) -> Create:
    """Code that is not in its bucket fails the stack, as it does on AWS, and not the first call."""

    def create(logical_id: str, properties: Properties, stack: str) -> Created:
        code = properties.get("Code", {})
        place = (code.get("S3Bucket"), code.get("S3Key"), code.get("S3ObjectVersion"))
        if code.get("S3Bucket") and _lambda._fetch_code_from_s3(*place) is None:
            raise ValueError(
                "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does "
                f"not exist. ({code['S3Bucket']}/{code['S3Key']})"
            )
        return original(logical_id, properties, stack)

    return create


def _with_concurrency(created: Created, properties: Properties) -> Created:
    reserved = properties.get("ReservedConcurrentExecutions")
    _lambda._functions[created[0]]["concurrency"] = None if reserved is None else int(reserved)
    return created


def _reserved_for_all_versions(original: Callable[..., int | None]) -> Callable[..., int | None]:
    """What is reserved for a function bounds its versions together; the emulator looks at `$LATEST` only."""

    def reserved(function: dict[str, Any], settings: dict[str, Any]) -> int | None:
        return original(_lambda._functions.get(settings.get("FunctionName"), function), settings)

    return reserved


replace(_lambda, "_reserved_concurrency", _reserved_for_all_versions)


def local_url(endpoint_url: str, url_id: str) -> str:
    """Return the address at which this emulator serves a function."""
    return f"{endpoint_url}{URL_PATH}{url_id}/"


def url_id(url: str) -> str | None:
    """Return the id within a function's local address, or None if it is none."""
    _before, found, rest = url.partition(URL_PATH)
    return rest.strip("/") if found else None


def _serve_locally(endpoint_url: str) -> None:
    def make_create(original: Callable[..., Any]) -> Callable[..., Any]:
        def create(name: str, data: dict[str, Any], qualifier: str | None) -> Any:
            reply = original(name, data, qualifier)
            if reply[0] >= 400:
                return reply
            settings = _lambda._function_urls[_lambda._url_config_key(name, qualifier)]
            settings["FunctionUrl"] = local_url(endpoint_url, _lambda._function_url_id(settings["FunctionUrl"]))
            if qualifier:
                settings["FunctionArn"] = f"{settings['FunctionArn']}:{qualifier}"
            return _responses.json_response(settings, status=201)

        return create

    replace(_lambda, "_create_function_url_config", make_create)
    replace(_lambda, "_function_url_id", lambda original: lambda url: url_id(url) or original(url))


def _url_key(arn: str) -> str:
    """Return the emulator's id of a function address, from the ARN of the function or of its alias."""
    return arn.split(":function:", 1)[-1]


def _use_native_packages(packages: Path) -> str:
    """Return a start of the worker script that puts this machine's build of the dependencies in place of the layer."""
    return f"import os, sys\nos.environ['_LAMBDA_LAYERS_DIRS'] = ''\nsys.path.append({str(packages)!r})\n"


def _choose_runtime(original: Callable[[str], tuple[str, str]]) -> Callable[[str], tuple[str, str]]:
    host = this_host()
    packages = host.own_packages()

    def choose(runtime: str) -> tuple[str, str]:
        binary, script = original(runtime)
        if not runtime.startswith("python"):
            return shutil.which(binary) or binary, script
        # Without a layer there is nothing to put in its place.
        architecture = getattr(_worker, "layer_architecture", None)
        if architecture and packages and not host.fits(runtime, architecture):
            script = _use_native_packages(packages) + script
        return binary, script

    return choose


def _note_architecture(original: Callable[[Any], None]) -> Callable[[Any], None]:
    def spawn(worker: Any) -> None:
        architecture = (worker.config.get("Architectures") or ["x86_64"])[0]
        _worker.layer_architecture = architecture if worker.config.get("Layers") else None
        original(worker)

    return spawn


def _speed_up() -> None:
    # The emulator waits 50 ms after each call for the first line of log, and loads botocore into each worker to detect
    # functions that call themselves. Without both a call takes an eighth of the time.
    worker = _runtime.Worker
    worker._drain_stderr_bounded.__defaults__ = (0.002, 0.001, 0.25)
    replace(
        _runtime,
        "_PYTHON_WORKER_SCRIPT",
        lambda script: script.replace("\n    _ms_install_invoke_depth()\n", "\n    pass\n"),
    )


def install(endpoint_url: str) -> None:
    """Apply the corrections of this module.

    :param endpoint_url: address at which the emulator will serve.
    """
    amend("AWS::Lambda::Function", create=_require_code)
    amend("AWS::Lambda::Function", **after(_with_concurrency))
    rename_physical_ids("AWS::Lambda::Url", lambda _key, attributes: attributes["FunctionArn"], native=_url_key)
    _serve_locally(endpoint_url)
    _speed_up()
    replace(_runtime, "_detect_runtime_binary", _choose_runtime)
    replace(_runtime.Worker, "_spawn", _note_architecture)
