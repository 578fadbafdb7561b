"""Broken configurations made from the models: for each setting, the mistakes that its type lets people make."""

from __future__ import annotations

import copy
import datetime
import enum
import types
import typing
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from config import ConfigurationError, load
from config.loader import ENVIRONMENTS
from config.reference import reference_of
from tests.fuzz.configurations import value
from tests.synth.settings import settings


@dataclass(frozen=True)
class Mistake:
    """One wrong thing in a file.

    :param path: where it is written, and has to be reported.
    :param value: what stands there.
    """

    kind: str
    path: tuple[str, ...]
    value: Any


@cache
def mistakes() -> tuple[Mistake, ...]:
    """Return every mistake of every setting."""
    return tuple(mistake for path, field in settings(without=()) for mistake in _of(tuple(path.split(".")), field))


def broken_files() -> st.SearchStrategy[list[Mistake]]:
    """Return a strategy of one to three mistakes in different settings, drawn evenly from all kinds."""
    kinds = sorted({mistake.kind for mistake in mistakes()})
    one = st.sampled_from(kinds).flatmap(lambda kind: st.sampled_from([m for m in mistakes() if m.kind == kind]))
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda mistake: mistake.path).filter(_are_apart)


def junk() -> st.SearchStrategy[list[Mistake]]:
    """Return a strategy of anything in one to six settings: each a value that is good by itself, or no value at all."""

    @st.composite
    def one(draw: st.DrawFn) -> Mistake:
        path, field = draw(st.sampled_from(list(settings(without=()))))
        good = value(field.annotation, tuple(field.metadata))
        return Mistake("junk", tuple(path.split(".")), draw(_ANYTHING | good))

    return st.lists(one(), min_size=1, max_size=6, unique_by=lambda mistake: mistake.path)


_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates()
    | st.datetimes(timezones=st.just(datetime.UTC) | st.none())
    | st.sampled_from(["9999-12-31T23:00:00Z", "0001-01-01T00:00:00+14:00", "0.0.0.0/0", "::/0", "1", "arn:", 10**400])
)
_KEYS = st.sampled_from(["us-east-1", "network", "port", "vpc_id", "prefix", "name"]) | st.text(max_size=3)
_ANYTHING = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3), max_leaves=6
)


def document(found: Sequence[Mistake], environment: str) -> str:
    """Return an environment's file with mistakes in it."""
    values = yaml.safe_load((ENVIRONMENTS / f"{environment}.yaml").read_text(encoding="utf-8"))
    return yaml.safe_dump(with_mistakes(values, found), allow_unicode=True, sort_keys=False)


def with_mistakes(values: dict[str, Any], found: Sequence[Mistake]) -> dict[str, Any]:
    """Return the values of a file with mistakes in them."""
    changed = copy.deepcopy(values)
    for mistake in found:
        place = changed
        for key in mistake.path[:-1]:
            place = place.setdefault(key, {})
        place[mistake.path[-1]] = copy.deepcopy(mistake.value)
    return changed


def refusal(text: str, environment: str, folder: Path) -> ConfigurationError | None:
    """Return what a file is refused with; none if it is taken."""
    (folder / "base.yaml").write_bytes((ENVIRONMENTS / "base.yaml").read_bytes())
    (folder / f"{environment}.yaml").write_text(text, encoding="utf-8")
    try:
        load(environment, folder=folder)
    except ConfigurationError as error:
        return error
    return None


def _are_apart(found: Sequence[Mistake]) -> bool:
    paths = [mistake.path for mistake in found]
    return not any(one != other and other[: len(one)] == one for one in paths for other in paths)


def _of(path: tuple[str, ...], field: FieldInfo) -> Iterator[Mistake]:
    kinds = _kinds(field.annotation)
    is_mapping = any(typing.get_origin(kind) is dict or hasattr(kind, "model_fields") for kind in kinds)
    if not is_mapping:
        yield Mistake("a mapping", path, {"oops": 1})
    yield Mistake("a list in a list", path, [[["oops"]]])
    if type(None) not in kinds:
        yield Mistake("nothing", path, None)
    if kinds <= {int, float, bool, type(None)}:
        yield Mistake("text for a number", path, "a few")
        yield Mistake("a number with its unit", path, "5 minutes")
    if kinds & {int, float} and bool not in kinds:
        yield Mistake("a boolean for a number", path, True)
        yield Mistake("a number in quotes", path, "1")
    if bool in kinds:
        yield Mistake("a number for a boolean", path, 1)
        yield Mistake("a boolean in quotes", path, "no")
    if datetime.date in kinds:
        yield Mistake("a number for a date", path, 1_700_000_000)
        yield Mistake("a number in quotes for a date", path, "1700000000")
    if any(isinstance(kind, type) and issubclass(kind, enum.Enum) for kind in kinds):
        yield Mistake("an unknown choice", path, "oops-oops-oops")
    for limit in field.metadata:
        for name, beyond in (("ge", -1), ("gt", 0), ("le", 1), ("lt", 0)):
            if hasattr(limit, name) and kinds & {int, float}:
                yield Mistake("out of range", path, getattr(limit, name) + beyond)
    known = reference_of(_root()).keys(path[:-1])
    for wrong in (path[-1] + "s", path[-1][:-1], path[-1].replace("_", "-"), path[-1].upper(), f"x_{path[-1]}"):
        if wrong not in known:
            yield Mistake("a misspelled key", (*path[:-1], wrong), 1)


def _root() -> Any:
    from config.models import Configuration

    return Configuration


def _kinds(annotation: Any) -> set[Any]:
    """Return the types that a field allows, without what narrows them."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _kinds(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return {kind for part in typing.get_args(annotation) for kind in _kinds(part)}
    return {annotation}
