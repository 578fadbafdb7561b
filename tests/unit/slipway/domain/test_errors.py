"""An error says what happened and what to do."""

from __future__ import annotations

from slipway.domain.errors import SlipwayError


def test_an_error_is_shown_with_its_next_step():
    error = SlipwayError("code", "it is so", "do this")

    assert str(error) == "it is so\n  next: do this"
