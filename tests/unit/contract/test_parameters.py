"""Paths of SSM parameters."""

import re

import pytest

from contract import parameters
from contract.components import Function


def test_a_prefix_has_no_slash_at_its_end() -> None:
    assert parameters.prefix("slipway", "local") == "/slipway/local"


def test_a_functions_parameter() -> None:
    assert parameters.function_url(Function.CACHE_SERVICE) == "functions/cache-service/url"


@pytest.mark.parametrize("path", [value for name, value in vars(parameters).items() if name.isupper()])
def test_a_full_path_is_what_ssm_takes(path: str) -> None:
    full = f"{parameters.prefix('slipway', 'development')}/{path}"

    assert re.fullmatch(r"(/[a-zA-Z0-9_.-]+){1,15}", full)
