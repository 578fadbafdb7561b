"""The references of component documents: `{{ Parameter }}`, `{{ phase.step.outputs.stdout }}`, `{{ loop.value }}`.

It finds and replaces them in values as YAML gives them; what they stand for it is told.

Source: https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html#document-chaining and
toe-user-defined-variables.html, toe-looping-constructs.html beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

REFERENCE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class UnknownReference(Exception):  # noqa: N818
    """A reference that stands for nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{{{{ {name} }}}} stands for nothing")


def references(value: object) -> Iterator[str]:
    """Yield what stands between double braces anywhere in a value, without the spaces around it."""
    match value:
        case str():
            yield from (found.strip() for found in REFERENCE.findall(value))
        case list():
            for entry in value:
                yield from references(entry)
        case dict():
            for entry in value.values():
                yield from references(entry)


def resolved(value: object, lookup: Callable[[str], str]) -> object:
    """Return a value with every reference in it replaced.

    :param lookup: what a reference stands for; raises :class:`UnknownReference`.
    """
    match value:
        case str():
            return REFERENCE.sub(lambda found: lookup(found[1].strip()), value)
        case list():
            return [resolved(entry, lookup) for entry in value]
        case dict():
            return {key: resolved(entry, lookup) for key, entry in value.items()}
        case _:
            return value
