"""One real synthesis, and the environment that makes two of them comparable."""

import os

import pytest

from bench.measure import BenchmarkError
from bench.synthesis import EMPTY_APP, environment, synthesise


def test_the_empty_app_is_synthesised(tmp_path):
    assert synthesise(environment(os.environ), EMPTY_APP, tmp_path) > 0
    assert (tmp_path / "Empty.template.json").exists()


def test_a_failed_synthesis_is_an_error_and_no_figure(tmp_path):
    with pytest.raises(BenchmarkError, match=r"'cdk synth --app false' failed: .*; next: run it yourself"):
        synthesise(environment(os.environ), ("--app", "false"), tmp_path)


@pytest.mark.parametrize("name", ["AWS_PROFILE", "AWS_REGION", "CDK_VALIDATION", "PYTHONDONTWRITEBYTECODE"])
def test_what_would_make_two_runs_differ_is_dropped(name):
    assert name not in environment({name: "1", "HOME": "/home/me"})


def test_the_rest_is_the_users():
    assert environment({"HOME": "/home/me"})["HOME"] == "/home/me"
