import subprocess
import sys

import pytest

from bench.cold_start import BARE_HANDLER, FIRST_CLIENTS, LIMIT, TYPED_HANDLER, measure
from bench.measure import BenchmarkError
from bench.packages import Package
from contract.components import Function
from local.setup import ROOT


@pytest.fixture
def package(tmp_path):
    """Return a function that starts, and makes a client where it is asked for one."""
    for name, text in {
        "lambda_src/cache_service/handler.py": "import pydantic",
        "lambda_src/shared/s3.py": "import os\nclass s3_client: meta = os.environ['SET']",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Package(Function.CACHE_SERVICE, tmp_path, {"SET": "x"})


def test_a_function_is_compared_with_handlers_that_do_nothing(package):
    said = []
    section = measure([package], 1, said.append)

    assert [(each.subject, each.peer) for each in section.comparisons] == [
        ("cache-service", BARE_HANDLER),
        ("cache-service, with its client of S3", TYPED_HANDLER),
    ]
    assert all(each.median > 0 and each.limit == LIMIT for each in section.comparisons)
    assert len(said) == 4


def test_each_function_has_a_first_client_that_there_is():
    assert set(FIRST_CLIENTS) == set(Function)
    imports = "\n".join(make.splitlines()[0] for _, make in FIRST_CLIENTS.values())
    subprocess.run([sys.executable, "-c", imports], cwd=ROOT, check=True)


def test_one_that_does_not_start_is_an_error(package):
    (package.code / "lambda_src/cache_service/handler.py").write_text("1 / 0")

    with pytest.raises(BenchmarkError, match="ZeroDivisionError"):
        measure([package], 1, lambda _: None)
