"""Whatever pydantic finds is told in words of our own."""

from typing import get_args

import pytest
from pydantic_core import core_schema

from config.wording import words


@pytest.mark.parametrize("kind", get_args(core_schema.ErrorType))
def test_every_kind_of_error_is_told_without_pydantics_english(kind: str) -> None:
    found = words(kind, {})

    assert found.must
    assert found.mend
    assert "input" not in f"{found.must} {found.mend}".lower()


def test_limits_are_named() -> None:
    assert words("less_than_equal", {"le": 9}).must == "be at most 9"
    assert words("less_than_equal", {"le": 9}).mend == "write 9 or less"


def test_errors_of_one_family_come_to_the_same() -> None:
    assert words("int_parsing", {}) == words("int_from_float", {}) == words("int_type", {})
