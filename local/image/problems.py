"""What is wrong with a component document, and where: the file, the line, and the phase and step by their names.

It only tells. What is a mistake is decided by the types (:mod:`local.image.documents`) and :mod:`local.image.slips`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

Location = tuple[str | int, ...]
"""Keys and positions that lead to a value, for example `("phases", 0, "steps", 2, "action")`."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    :param file: as it was named by whoever asked.
    :param line: counted from 1; None where the file could not be read.
    :param place: the place in the document in words; empty for all of it.
    :param message: what is wrong there.
    """

    file: Path
    line: int | None
    place: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        return ": ".join(part for part in (where, self.place, self.message) if part)


def said(error: ValidationError) -> Iterator[tuple[Location, str]]:
    """Yield what types refuse: where, and why, with the bad value."""
    for found in error.errors(include_url=False):
        message = found["msg"]
        if found["type"] == "value_error":
            # In our own words, which may begin with a name.
            message = message.removeprefix("Value error, ")
        else:
            message = f"{message[:1].lower()}{message[1:]}"
        shown = "" if isinstance(found["input"], dict | list) else f" (here is {found['input']!r})"
        yield found["loc"], f"{message}{shown}"


def place(document: object, location: Location) -> str:
    """Say a location in words: `phase build, step Install: onFailure`, `parameter Bucket: type`.

    :param document: as YAML gives it; what has no name in it is counted from 1.
    """
    words: list[str] = []
    here, rest = document, location
    for key in ("phases", "steps"):
        if len(rest) < 2 or rest[0] != key or not isinstance(rest[1], int):
            break
        position, rest = rest[1], rest[2:]
        entries = here.get(key) if isinstance(here, dict) else None
        here = entries[position] if isinstance(entries, list) else None
        name = here.get("name") if isinstance(here, dict) else None
        words.append(f"{key[:-1]} {name if name and isinstance(name, str) else position + 1}")
    if len(rest) >= 2 and rest[0] in ("parameters", "constants"):
        words, rest = [f"{str(rest[0])[:-1]} {rest[1]}"], rest[2:]
    return ": ".join(part for part in (", ".join(words), ".".join(map(str, rest))) if part)


def line(node: yaml.Node, location: Location) -> int:
    """Return the line of a location, or of as much of the way there as exists.

    :param node: the document as YAML's parser has it.
    """
    found: yaml.Node | None = node
    number = node.start_mark.line
    for part in location:
        number, found = _child(found, part, number)
        if found is None:
            break
    return number + 1


def _child(node: yaml.Node | None, part: str | int, number: int) -> tuple[int, yaml.Node | None]:
    """Return the line and the value of a key or position, or the line that is given and None."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode):
        if isinstance(part, int):
            return (node.value[part].start_mark.line, node.value[part]) if part < len(node.value) else (number, None)
        # Parameters and constants are a list of mappings, which is read as one mapping.
        for entry in node.value:
            there, value = _child(entry, part, number)
            if value is not None:
                return there, value
    return number, None
