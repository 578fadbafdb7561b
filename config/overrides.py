"""Turn environment variables and `-c set=…` into the same kind of document that a YAML file gives.

Both say `path = value` and differ only in how the path is written. They are read here, never taken from the process:
the entry points pass them in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from config.positions import Document, Path, Source, Value, read_scalar
from config.problems import Problem

VARIABLE_PREFIX = "SLIPWAY__"
"""`SLIPWAY__fleet__desired=3` sets `fleet.desired`; two underscores separate the keys."""

_KEY = r"[^\s.,=\[\]{}\"']+"
_ASSIGNMENT = re.compile(rf"({_KEY}(?:\.{_KEY})*)=(.*)", re.DOTALL)
_BETWEEN_ASSIGNMENTS = re.compile(rf",(?={_KEY}(?:\.{_KEY})*=)")


def from_variables(environ: Mapping[str, str]) -> Document:
    """Return what the variables that start with `SLIPWAY__` set.

    :param environ: environment variables; all others are left alone. An all-capital key is read in lower case.
    """
    document = Document()
    for name in sorted(environ):
        if not name.startswith(VARIABLE_PREFIX):
            continue
        keys = tuple(_lower_if_shouted(key) for key in name.removeprefix(VARIABLE_PREFIX).split("__"))
        source = f"environment variable {name}"
        if all(re.fullmatch(_KEY, key) for key in keys):
            _assign(document, keys, environ[name], source)
        else:
            mend = f"write {VARIABLE_PREFIX}fleet__desired=3, for example"
            document.problems.append(Problem("names no key", source=source, mend=mend))
    return document


def from_assignments(assignments: Iterable[str]) -> Document:
    """Return what the values of `-c set=…` set; later ones win.

    :param assignments: each `path.to.key=value`, or several with commas between them.
    """
    document = Document()
    for assignment in (part for text in assignments for part in _BETWEEN_ASSIGNMENTS.split(text)):
        match = _ASSIGNMENT.fullmatch(assignment)
        if match:
            _assign(document, tuple(match[1].split(".")), match[2], "-c set")
        else:
            mend = "write -c set=fleet.desired=3, for example"
            document.problems.append(
                Problem(f'"{assignment}" is not of the form path.to.key=value', source="-c set", mend=mend)
            )
    return document


def _lower_if_shouted(key: str) -> str:
    return key.lower() if key.isupper() else key


def _assign(document: Document, path: Path, text: str, name: str) -> None:
    """Set one value; a mapping on the way is made, and anything else on the way is replaced by one."""
    mapping: dict[str, Value] = document.values
    *parents, last = (str(key) for key in path)
    for depth, key in enumerate(parents):
        inner = mapping.get(key)
        if not isinstance(inner, dict):
            inner = mapping[key] = {}
        document.sources[path[: depth + 1]] = Source(name)
        mapping = inner
    value = read_scalar(text)
    mapping[last] = value
    document.sources[path] = Source(name, text=None if isinstance(value, list | dict) else text)
