"""Rules of the configuration say how to mend what they refuse, after a semicolon, where reports look for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.repository import sources, tree

MODELS = sorted(name for name in sources() if name.startswith("config/models/"))


def refusals(name: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each `raise ValueError("…")`, with what is filled in left out."""
    for node in ast.walk(tree(name)):
        match node:
            case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError"), args=[text, *_])):
                yield node.lineno, "".join(fixed(text))


def fixed(text: ast.expr) -> Iterator[str]:
    match text:
        case ast.Constant(value=str(value)):
            yield value
        case ast.JoinedStr(values=values):
            for value in values:
                yield from fixed(value) if isinstance(value, ast.Constant) else ("…",)


@pytest.mark.parametrize("name", MODELS)
def test_each_refusal_says_how_to_mend_it(name: str) -> None:
    silent = [f"{name}:{line}: {text}" for line, text in refusals(name) if "; " not in text and not passed_on(text)]

    assert silent == [], 'write "what is wrong and why; how to mend it"'


def passed_on(text: str) -> bool:
    """Return whether a message is that of another rule, with its place before it."""
    return {"network", "regional", "in", "region"}.issuperset(re.findall("[a-z]+", text))


def test_refusals_are_found() -> None:
    assert sum(1 for name in MODELS for _ in refusals(name)) > 80


@pytest.mark.parametrize("text", ["…", "network.… (in region …)", "regional.….….…"])
def test_what_is_passed_on(text: str) -> None:
    assert passed_on(text)
    assert not passed_on(f"{text} is twice")
