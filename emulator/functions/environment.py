"""Which environment variables a function sees: those that AWS documents, its own, and few that keep it on this machine.

The list is in "Defined runtime environment variables" of the Lambda Developer Guide. What is missing of it is named in
:data:`NOT_SET`. It must not read this process's environment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOT_SET = frozenset(
    {
        "AWS_LAMBDA_RUNTIME_API",  # the worker is no client of the Runtime API
        "AWS_XRAY_CONTEXT_MISSING",  # there is no X-Ray
        "AWS_XRAY_DAEMON_ADDRESS",
        "LD_LIBRARY_PATH",  # would lead to libraries of Amazon Linux
        "PYTHONPATH",  # the worker sets the path itself
    }
)
"""What AWS documents and a function does not see here."""

ADDED = frozenset({"AWS_ENDPOINT_URL", "HOME", "TMPDIR", "SSL_CERT_FILE"})
"""What a function sees here and not on AWS: its SDK must find this emulator; its files must stay apart."""


@dataclass(frozen=True)
class Function:
    """What a function's environment depends on.

    :param name: the function's name.
    :param version: `$LATEST` or a number.
    :param runtime: Lambda's name of it, for example `python3.12`.
    :param handler: `module.function`.
    :param memory_mb: as configured.
    :param region: the region it stands in.
    :param log_group: where its logs go.
    :param variables: those that its owner configured.
    """

    name: str
    version: str
    runtime: str
    handler: str
    memory_mb: int
    region: str
    log_group: str
    variables: Mapping[str, str]


@dataclass(frozen=True)
class Machine:
    """What all functions have in common.

    :param python: their interpreter.
    :param temporary: folder for their files; emptied at each start of the emulator.
    :param endpoint_url: the embedded AWS.
    :param certificates: file of the authorities that they trust; the one that signs for caches is among them.
    :param sockets: folder for sockets, with a short path.
    """

    python: Path
    temporary: Path
    endpoint_url: str
    certificates: Path
    sockets: Path


@dataclass(frozen=True)
class Place:
    """Where one execution environment stands.

    :param task: folder of the function's code.
    :param scratch: folder for its temporary files.
    :param log_stream: name of the stream that all its calls log to.
    """

    task: Path
    scratch: Path
    log_stream: str


def variables(function: Function, place: Place, machine: Machine, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return all that a function sees.

    :param credentials: `AWS_ACCESS_KEY_ID` and the like, of its role.
    """
    preset = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "AWS_ENDPOINT_URL": machine.endpoint_url,
        "HOME": str(place.scratch),
        "TMPDIR": str(place.scratch),
        "SSL_CERT_FILE": str(machine.certificates),
    }
    reserved = {
        "_HANDLER": function.handler,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": place.log_stream,
        "LAMBDA_TASK_ROOT": str(place.task),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        **credentials,
    }
    return {**preset, **function.variables, **reserved}
