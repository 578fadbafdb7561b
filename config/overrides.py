"""Turn environment variables and `-c set=…` into the same kind of document that a YAML file gives.

Both say `path = value` and differ only in how the path is written. They are read here, never taken from the process:
the entry points pass them in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from config.positions import Document, Path, Source, Value, read_scalar
from config.problems import Problem

VARIABLE_PREFIX = "SLIPWAY__"
"""`SLIPWAY__fleet__desired=3` sets `fleet.desired`; two underscores separate the keys."""

_MISTYPED_VARIABLE = re.compile(r"SLIPWAY_[^_].*__.")

OPTION = "-c set"
"""How assignments are given to `cdk`."""

_KEY = r"[^\s.,=\[\]{}\"']+"
_ASSIGNMENT = re.compile(rf"({_KEY}(?:\.{_KEY})*)=(.*)", re.DOTALL)
_BETWEEN_ASSIGNMENTS = re.compile(rf",(?={_KEY}(?:\.{_KEY})*=)")


def from_variables(environ: Mapping[str, str]) -> list[Document]:
    """Return what each of the variables that start with `SLIPWAY__` sets, in the order of their names.

    :param environ: environment variables; all others are left alone. An all-capital key is read in lower case.
    """
    documents = []
    spellings: dict[Path, str] = {}
    for name in sorted(environ):
        source = f"environment variable {name}"
        if _MISTYPED_VARIABLE.match(name):
            meant = VARIABLE_PREFIX + name.removeprefix("SLIPWAY_")
            documents.append(_refused(source, "sets nothing, as it begins with one underscore less", f"write {meant}"))
        if not name.startswith(VARIABLE_PREFIX):
            continue
        keys = tuple(_lower_if_shouted(key) for key in name.removeprefix(VARIABLE_PREFIX).split("__"))
        other = spellings.setdefault(keys, name)
        if not all(re.fullmatch(_KEY, key) for key in keys):
            documents.append(_refused(source, "names no key", f"write {VARIABLE_PREFIX}fleet__desired=3, for example"))
        elif other != name:
            documents.append(_refused(source, f"sets what {other} sets, in another spelling", "unset one of the two"))
        else:
            documents.append(_assigned(keys, environ[name], source))
    return documents


def from_assignments(assignments: Iterable[str], option: str = OPTION) -> list[Document]:
    """Return what each value of `-c set=…` sets; later ones win.

    :param assignments: each `path.to.key=value`, or several with commas between them.
    :param option: how they are given on the command line in use.
    """
    documents = []
    for assignment in (part for text in assignments for part in _BETWEEN_ASSIGNMENTS.split(text)):
        match = _ASSIGNMENT.fullmatch(assignment)
        if match:
            documents.append(_assigned(tuple(match[1].split(".")), match[2], option))
        else:
            message = f'"{assignment}" is not of the form path.to.key=value'
            documents.append(_refused(option, message, f"write {option}=fleet.desired=3, for example"))
    return documents


def _refused(source: str, message: str, mend: str) -> Document:
    return Document(problems=[Problem(message, source=source, mend=mend)])


def _lower_if_shouted(key: str) -> str:
    return key.lower() if key.isupper() else key


def _assigned(path: Path, text: str, name: str) -> Document:
    """Return a document that holds one value."""
    value = read_scalar(text)
    document = Document(sources={path[:depth]: Source(name) for depth in range(1, len(path))})
    document.sources[path] = Source(name, text=None if isinstance(value, list | dict) else text)
    document.sources |= {inner: Source(name) for inner in _paths_below(path, value)}
    *parents, last = (str(key) for key in path)
    mapping = document.values
    for key in parents:
        inner_mapping: dict[str, Value] = {}
        mapping[key] = inner_mapping
        mapping = inner_mapping
    mapping[last] = value
    return document


def _paths_below(path: Path, value: Value) -> Iterator[Path]:
    """Yield the path of everything inside a value, so that whatever is laid over it knows where it came from."""
    items: Iterable[tuple[str | int, Value]] = ()
    match value:
        case dict():
            items = value.items()
        case list():
            items = enumerate(value)
    for key, item in items:
        yield (*path, key)
        yield from _paths_below((*path, key), item)
