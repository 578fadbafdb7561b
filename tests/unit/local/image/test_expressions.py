"""References of component documents: found and replaced anywhere in a value."""

from __future__ import annotations

from local.image.expressions import references, resolved

VALUE = {"commands": ["echo {{ One }}{{Two}}", 3], "plain": {"x": "${SHELL}"}}


def test_references_are_found_wherever_they_stand() -> None:
    assert list(references(VALUE)) == ["One", "Two"]


def test_references_are_replaced_and_the_rest_stays() -> None:
    assert resolved(VALUE, {"One": "1", "Two": "{{ One }}"}.__getitem__) == {
        "commands": ["echo 1{{ One }}", 3],
        "plain": {"x": "${SHELL}"},
    }
