"""What is measured is what is deployed: complete, compiled, and no larger than it has to be."""

import os
import subprocess

import pytest

from bench.cold_start import OF_THE_RUNTIME, PYTHON
from bench.packages import deployed, size
from config import load
from constructs_lib.bundle import UNCHECKED
from contract.components import Function
from emulator.runtimes import this_host
from local.setup import FUNCTION_RUNTIMES, PLATFORMS, ROOT, WORK, layer_folder

LARGEST = {"layer": (20, 8), "function": (1, 0.5)}
"""In megabytes, unpacked and as an archive; docs/functions.md has them."""


@pytest.fixture(scope="module")
def packages():
    with deployed(os.environ) as found:
        yield found


def test_every_function_is_there_with_its_settings(packages):
    assert {package.function for package in packages} == set(Function)
    for package in packages:
        assert package.variables["POWERTOOLS_SERVICE_NAME"] == package.function.value
        assert (package.code / "lambda_src" / package.function.package / "handler.py").is_file()


def uncompiled(folder, runtime):
    """Return the sources without byte code that this version uses whatever their time; none if it is not here."""
    if not (WORK / "build" / "pythons" / f"python{runtime}").exists():
        return []
    tag = f"cpython-{runtime.replace('.', '')}"
    found = []
    for path in folder.rglob("*.py"):
        compiled = path.parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
        if not compiled.is_file() or compiled.read_bytes()[4] != UNCHECKED:
            found.append(path)
    return found


@pytest.mark.parametrize("architecture", PLATFORMS)
@pytest.mark.parametrize("runtime", FUNCTION_RUNTIMES)
def test_layers_are_compiled_and_small(runtime, architecture):
    layer = layer_folder(runtime, architecture)
    suffix = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]

    assert uncompiled(layer, runtime) == []
    assert all(suffix in path.name for path in layer.rglob("*.so"))
    assert all(measured < bound for measured, bound in zip(size(layer), LARGEST["layer"], strict=True))


def test_functions_are_compiled_and_small(packages):
    for package in packages:
        assert uncompiled(package.code, load("local").functions.runtime.version) == []
        assert all(measured < bound for measured, bound in zip(size(package.code), LARGEST["function"], strict=True))


SLOW_TO_IMPORT = (
    "boto3",
    "botocore.session",
    "botocore.client",
    "urllib3",
    "itsdangerous",
    "jinja2",
    "valkey",
    "vaderSentiment",
)
LOOK = "import sys, lambda_src.{}.handler; print([name for name in {} if name in sys.modules])"


def test_a_cold_start_waits_for_nothing_that_only_some_calls_need(packages):
    for package in packages:
        path = f"{package.code}:{this_host().own_packages()}"
        program = [PYTHON, "-c", LOOK.format(package.function.package, SLOW_TO_IMPORT)]
        told = {**OF_THE_RUNTIME, **package.variables, "PYTHONPATH": path}
        found = subprocess.run(program, env=told, capture_output=True, text=True, check=False)

        assert (found.stdout.strip(), found.stderr) == ("[]", ""), package.function


def test_the_bounds_are_those_that_are_written():
    text = (ROOT / "docs" / "functions.md").read_text()

    assert "| layer, for each runtime and architecture | {} MB | {} MB |".format(*LARGEST["layer"]) in text
    assert "| code of a function | {} MB | {} MB |".format(*LARGEST["function"]) in text
