"""Output keys: unique, and what CloudFormation takes."""

import pytest

from contract import outputs
from contract.components import Function


def test_a_functions_output_keys() -> None:
    assert outputs.function_url(Function.HTML_SERVICE) == "HtmlServiceUrl"
    assert outputs.function_name(Function.PROXY_MANAGEMENT) == "ProxyManagementName"


KEYS = [value for name, value in vars(outputs).items() if name.isupper()]
KEYS += [name(function) for name in (outputs.function_url, outputs.function_name) for function in Function]


def test_no_two_outputs_share_a_key() -> None:
    assert len(set(KEYS)) == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_what_cloudformation_takes(key: str) -> None:
    assert key.isascii()
    assert key.isalnum()
