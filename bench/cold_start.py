"""Measure how long a function takes to start, against a handler that imports boto3 and pydantic and does nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bench.measure import BenchmarkError, compare, interleave
from bench.report import Section
from contract.components import Function

ROOT = Path(__file__).parents[1]
BARE = "import boto3, pydantic"
TYPED = f"{BARE}\nclass Model(pydantic.BaseModel):\n    name: str\nboto3.client('s3', region_name='us-east-1')"
MEASURED = "import time\nbegan = time.process_time()\n{code}\nprint(time.process_time() - began)"


def measure(function: Function, variables: Mapping[str, str], rounds: int, say: Callable[[str], None]) -> Section:
    """Compare the import of a function's handler with two that do nothing.

    :param variables: what the function needs in its environment to start.
    :param say: told what is being done.
    :raises BenchmarkError: if it does not start.
    """
    ours, bare, typed = function.value, "boto3 and pydantic imported", "the same, with a model and a client"
    trials = {
        ours: partial(_start, f"import lambda_src.{function.package}.handler", variables),
        bare: partial(_start, BARE, variables),
        typed: partial(_start, TYPED, variables),
    }
    for trial in trials.values():
        trial()  # compiles the modules
    seconds = interleave(trials, rounds, say)
    conditions = "Processor time of what a fresh Python imports before it can take the first call."
    return Section(f"Cold start of {ours}", conditions, (compare(seconds, ours, bare), compare(seconds, ours, typed)))


def _start(code: str, variables: Mapping[str, str]) -> float:
    told = {"PYTHONPATH": str(ROOT), "AWS_EC2_METADATA_DISABLED": "true", **variables}
    program = [sys.executable, "-c", MEASURED.format(code=code)]
    result = subprocess.run(program, env=told, cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = result.stderr.splitlines()[-1:]
        raise BenchmarkError(f"`{code}` ended with {reason}; next: run it by hand")
    return float(result.stdout)
