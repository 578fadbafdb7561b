"""How hosts are written where somebody allows or blocks them."""

from __future__ import annotations

import pytest

from contract.hosts import EXAMPLE, problem_of


@pytest.mark.parametrize("pattern", [EXAMPLE, "example.org", "localhost", "*.com", "xn--bcher-kva.example", "a" * 63])
def test_names_and_wildcards_are_accepted(pattern: str) -> None:
    assert problem_of(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("", "no host's name"),
        ("Example.org", "lower case"),
        ("example.org/path", "no host's name"),
        ("*", "perhaps after *."),
        ("a.*.org", "no host's name"),
        ("exämple.org", "no host's name"),
        ("example.org\n", "no host's name"),
        ("<script>", "no host's name"),
        ("a" * 64, "no host's name"),
        ("192.0.2.1", "ends in a number"),
        ("a." * 127 + "org", "has 257 characters, 253 are allowed"),
    ],
)
def test_what_is_no_name_is_refused_with_a_reason(pattern: str, part: str) -> None:
    assert part in (problem_of(pattern) or "")
