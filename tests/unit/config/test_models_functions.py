"""Settings of the functions: bounds and exclusions of AWS, and no secrets in variables."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.models import Architecture, Functions, FunctionSettings
from contract.components import Function
from lambda_src.cache_service.export import LONGEST_SECONDS

LAYER = "arn:aws:lambda:us-east-1:123456789012:layer:mine:1"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"memory_mb": 127}, "128"),
        ({"memory_mb": 10241}, "10240"),
        ({"timeout_seconds": 0}, "1"),
        ({"timeout_seconds": 901}, "900"),
        ({"ephemeral_storage_mb": 511}, "512"),
        ({"ephemeral_storage_mb": 10241}, "10240"),
        ({"runtime": "python3.11"}, "python3.12"),
        ({"architecture": "arm"}, "arm64"),
        ({"log_level": "info"}, "INFO"),
        ({"layers": [LAYER] * 5}, "at most 4"),
        ({"layers": ["arn:aws:lambda:us-east-1:123456789012:layer:mine"]}, "one version of a Lambda layer"),
        ({"environment": {"1ST": "x"}}, "name of an environment variable"),
        ({"environment": {"AWS_REGION": "x"}}, "'AWS_REGION'.*belong to AWS"),
        ({"environment": {"slipway_version": "x"}}, "belong to AWS or to Slipway"),
        ({"environment": {"DB_PASSWORD": "x"}}, "looks like a secret.*Secrets Manager.*_ARN"),
        ({"environment": {"apiKey": "x"}}, "looks like a secret"),
        ({"environment": {"WHO": "AKIA" + "Z" * 16}}, "'WHO' looks like a secret"),
        ({"environment": {"PEM": "-----BEGIN RSA PRIVATE" + " KEY-----"}}, "'PEM' looks like a secret"),
        ({"environment": {"LONG": "x" * 3069}}, "3073 bytes.*3072"),
        ({"snap_start": True, "provisioned_concurrency": 1}, "exclude each other"),
        ({"reserved_concurrency": 1, "provisioned_concurrency": 2}, "2 is more than reserved_concurrency 1"),
        ({"snap_start": True, "ephemeral_storage_mb": 513}, "513 with snap_start"),
    ],
)
def test_what_is_refused(values, words):
    with pytest.raises(ValidationError, match=f"(?s){words}"):
        FunctionSettings(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"environment": {"SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:mine-a1b2c3"}},
        {"environment": {"GREETING": "x" * 3064}},
        {"reserved_concurrency": 2, "provisioned_concurrency": 2},
        {"snap_start": True},
        {"layers": [f"{LAYER}{number}" for number in range(4)]},
    ],
)
def test_what_is_fine(values):
    FunctionSettings(**values)


def test_an_export_has_time_to_be_finished():
    assert Functions().cache_service.timeout_seconds >= 2 * LONGEST_SECONDS
    with pytest.raises(ValidationError, match=r"cache_service\.timeout_seconds"):
        Functions(cache_service={"timeout_seconds": 29})
    Functions(cache_service={"timeout_seconds": 2 * int(LONGEST_SECONDS)})


def test_one_setting_of_a_function_leaves_its_others_alone():
    functions = Functions(html_service={"timeout_seconds": 5})

    assert (functions.html_service.memory_mb, functions.html_service.timeout_seconds) == (1024, 5)


def test_a_function_may_differ_from_all():
    functions = Functions(cache_service={"architecture": "x86_64", "runtime": "python3.13"})

    assert functions.architecture_of(Function.CACHE_SERVICE) is Architecture.X86_64
    assert functions.architecture_of(Function.HTML_SERVICE) is Architecture.ARM64
    assert functions.runtime_of(Function.CACHE_SERVICE).version == "3.13"
    assert functions.runtime_of(Function.HTML_SERVICE).version == "3.12"
