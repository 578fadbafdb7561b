"""Measure how long functions take to start, as they are deployed, against a handler that imports boto3 and pydantic.

Twice: until the handler is there, and until it has its first client, which is made with its first use.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.measure import BenchmarkError, compare, interleave
from bench.packages import Package
from bench.report import Section
from contract.components import Function
from emulator.runtimes import this_host
from local.setup import WORK

PYTHON = WORK / "venvs" / "lambda" / "bin" / "python"
"""That of functions on this machine: boto3 as Lambda's runtime brings it, and nothing else."""

BARE = "import boto3, pydantic"
BARE_HANDLER = "a handler that imports boto3 and pydantic"
TYPED = f"{BARE}\nclass Model(pydantic.BaseModel):\n    name: str\nboto3.client('s3')"
TYPED_HANDLER = "the same, with a model and a client of S3"
OF_S3 = "from lambda_src.shared.s3 import s3_client\ns3_client().meta"
FIRST_CLIENTS = {
    Function.CACHE_SERVICE: ("its client of S3", OF_S3),
    Function.PROXY_MANAGEMENT: ("its client of S3", OF_S3),
    Function.HTML_SERVICE: (
        "its connections to the semantic text service",
        "from lambda_src.html_service.text_service import Connections\nConnections()",
    ),
    Function.SEMANTIC_TEXT_SERVICE: (
        "its client of Comprehend",
        "from lambda_src.semantic_text_service.comprehend import comprehend_client\ncomprehend_client()",
    ),
}
"""What each makes at its first use, and how."""

LIMIT = 1.3
"""How many times as long as the handler that does nothing a function may take to start."""

MEASURED = "import time\nbegan = time.process_time()\n{code}\nprint(time.process_time() - began)"
OF_THE_RUNTIME = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "measured",
    "AWS_SECRET_ACCESS_KEY": "measured",
    "AWS_EC2_METADATA_DISABLED": "true",
    # As on Lambda, where nothing can be written beside the code.
    "PYTHONDONTWRITEBYTECODE": "1",
}


def measure(packages: Sequence[Package], rounds: int, say: Callable[[str], None]) -> Section:
    """Compare the start of functions with that of handlers that do nothing.

    :param say: told what is being done.
    :raises BenchmarkError: if one does not start.
    """
    layer = this_host().own_packages()
    if layer is None:
        raise BenchmarkError("there are no packages that functions could load here; next: make setup")
    trials = {
        BARE_HANDLER: partial(_start, BARE, (layer,), {}),
        TYPED_HANDLER: partial(_start, TYPED, (layer,), {}),
    }
    pairs = []
    for package in packages:
        name, path = package.function.value, (package.code, layer)
        client, make = FIRST_CLIENTS[package.function]
        with_client = f"{name}, with {client}"
        code = f"import lambda_src.{package.function.package}.handler"
        trials[name] = partial(_start, code, path, package.variables)
        trials[with_client] = partial(_start, f"{code}\n{make}", path, package.variables)
        pairs += [(name, BARE_HANDLER), (with_client, TYPED_HANDLER)]
    seconds = interleave(trials, rounds, say)
    conditions = "Processor time of what a fresh Python loads of the deployed assets until it can take its first call."
    return Section("Cold start", conditions, tuple(compare(seconds, *pair, LIMIT) for pair in pairs))


def _start(code: str, path: Sequence[Path], variables: Mapping[str, str]) -> float:
    told = {**OF_THE_RUNTIME, **variables, "PYTHONPATH": ":".join(map(str, path))}
    program = [str(PYTHON), "-c", MEASURED.format(code=code)]
    result = subprocess.run(program, env=told, cwd=WORK, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = result.stderr.splitlines()[-1:]
        raise BenchmarkError(f"`{code}` ended with {reason}; next: run it by hand")
    return float(result.stdout)
