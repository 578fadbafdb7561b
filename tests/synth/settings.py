"""Every setting of the configuration, and for each another value that is valid beside all others.

Most values follow from the types in the models; what does not stands in `tests.synth.other_values`, and a new setting
for which neither helps fails a test until somebody says what another value of it is.
"""

from __future__ import annotations

import copy
import datetime
import enum
import types
import typing
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from config import load
from config.models import Configuration
from tests.synth.other_values import EXAMPLES, FIXED, GIVEN, INSIDE, LIKE_ELSEWHERE, Patch

IDENTITY = ("environment", "project", "account")
"""Which deployment it is: another value is another deployment beside the first, and no change of it."""

BY_PARTS = ("regional",)
"""What is changed by what is in it only: `inner_settings` has that."""
BASE = "production"
"""The environment whose settings are changed: nothing of it is deleted by mistake."""


@dataclass(frozen=True)
class Change:
    """Another value of a setting.

    :param given: what is said before the change, too.
    :param patch: the change.
    """

    path: str
    given: Patch
    patch: Patch
    before: Configuration

    @property
    def after(self) -> Configuration:
        """Return the configuration after the change."""
        return patched(self.before, self.patch)


def changes() -> Iterator[Change]:
    """Yield a change of every setting."""
    base = load(BASE)
    inner = ((path, field, inside(path)) for path, field in inner_settings() if path not in FIXED)
    for path, field, before in (*((path, field, given(path)) for path, field in settings()), *inner):
        stands = patched(base, before)
        yield Change(path, before, another(stands, path, field), stands)


def groups(all_changes: Iterable[Change]) -> list[list[Change]]:
    """Return changes that can be made at once, in as few groups as come up in one go."""
    found: list[list[Change]] = []
    for change in all_changes:
        for group in found:
            if change.given == group[0].given and _fit(change, group):
                group.append(change)
                break
        else:
            found.append([change])
    return found


def _fit(change: Change, group: Sequence[Change]) -> bool:
    taken = [path for each in group for path in each.patch]
    return all(_are_apart(path, other) for path in taken for other in change.patch) and is_valid(
        change.before, *(each.patch for each in group), change.patch
    )


def _are_apart(path: str, other: str) -> bool:
    return not f"{path}.".startswith(f"{other}.") and not f"{other}.".startswith(f"{path}.")


def settings(
    model: type[BaseModel] = Configuration,
    prefix: str = "",
    *,
    without: Collection[str] = (*IDENTITY, *BY_PARTS, *FIXED),
) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the path of every setting that may change, and its field."""
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        if path in without:
            continue
        if _is_model(field.annotation):
            yield from settings(field.annotation, f"{path}.", without=without)
        else:
            yield path, field


def inner_settings(
    model: type[BaseModel] = Configuration, prefix: str = "", *, optional: bool = False
) -> Iterator[tuple[str, FieldInfo]]:
    """Yield the path of every setting within what may be absent, a list or a mapping, and its field.

    Written as in docs/configuration.md: `[]` is an item of a list, `*` a name that is free.
    """
    for name, field in model.model_fields.items():
        path = f"{prefix}{name}"
        if path.startswith(LIKE_ELSEWHERE):
            continue
        if optional and not _is_model(field.annotation) and typing.get_origin(field.annotation) is not dict:
            yield path, field
        yield from _within(field.annotation, path, optional=optional)


def _within(kind: Any, path: str, *, optional: bool) -> Iterator[tuple[str, FieldInfo]]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if _is_model(kind):
        yield from inner_settings(kind, f"{path}.", optional=optional)
    elif origin is typing.Annotated:
        yield from _within(arguments[0], path, optional=optional)
    elif origin in (typing.Union, types.UnionType):
        for argument in arguments:
            yield from _within(argument, path, optional=True)
    elif origin is tuple and _is_model(arguments[0]):
        yield from _within(arguments[0], f"{path}[]", optional=True)
    elif origin is dict:
        if not _is_model(arguments[1]):
            yield f"{path}.*", FieldInfo.from_annotation(arguments[1])
        yield from _within(arguments[1], f"{path}.*", optional=True)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def given(path: str) -> Patch:
    """Return what has to hold so that a setting has an effect."""
    return next((patch for start, patch in GIVEN.items() if path == start or path.startswith(f"{start}.")), {})


def inside(path: str) -> Patch:
    """Return what has to hold so that there is what an inner setting is part of."""
    return next(patch for start, patch in INSIDE.items() if path.startswith(start))


def patched(base: Configuration, *patches: Patch) -> Configuration:
    """Return a configuration with other values.

    :raises ValidationError: if they are not valid together.
    """
    document = copy.deepcopy(base.model_dump(mode="json", exclude_unset=True))
    for patch in patches:
        for path, value in patch.items():
            *parents, last = path.split(".")
            place = document
            for parent in parents:
                place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
            place[last] = value
    return Configuration.model_validate(document)


def value_at(configuration: Configuration, path: str) -> Any:
    """Return the value of a setting as JSON has it."""
    value: Any = configuration.model_dump(mode="json")
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def place_of(configuration: Configuration, path: str) -> str:
    """Return a path with the first item for `[]`, and the first name that is there for `*`."""
    start, free, rest = path.replace("[]", ".0").partition(".*")
    return place_of(configuration, f"{start}.{next(iter(value_at(configuration, start)))}{rest}") if free else start


def another(base: Configuration, path: str, field: FieldInfo) -> Patch:
    """Return a patch that gives a setting another value.

    :raises LookupError: if no value that comes to mind is valid.
    """
    if path in EXAMPLES:
        patched(base, EXAMPLES[path])
        return EXAMPLES[path]
    place = place_of(base, path)
    now = value_at(base, place)
    for value in candidates(field.annotation, field.metadata, now):
        if value != now and is_valid(base, {place: value}):
            return {place: value}
    raise LookupError(f"say in EXAMPLES of tests/synth/other_values.py what another valid value of {path} is")


def is_valid(base: Configuration, *patches: Patch) -> bool:
    """Return whether a configuration with these values would be accepted."""
    try:
        patched(base, *patches)
    except ValidationError:
        return False
    return True


def candidates(kind: Any, metadata: Iterable[Any], now: Any) -> Iterator[Any]:
    """Yield values of a type, as JSON has them; the likely ones first."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        yield from candidates(arguments[0], [*arguments[1:], *metadata], now)
    elif origin in (typing.Union, types.UnionType):
        for argument in arguments:
            yield from candidates(argument, metadata, now)
    elif origin is typing.Literal:
        yield from arguments
    elif origin is tuple:
        items = list(candidates(arguments[0], (), None))
        yield from ([*(now or []), item] for item in items)
        yield from ([item] for item in items)
        yield []
    elif origin is dict:
        keys, values = (list(candidates(argument, (), None)) for argument in arguments)
        yield from ({key: value} for key in keys for value in values)
    elif isinstance(kind, type):
        yield from _simple(kind, metadata, now)


def _simple(kind: type, metadata: Iterable[Any], now: Any) -> Iterator[Any]:
    if kind is bool:
        yield not now
    elif issubclass(kind, enum.Enum):
        yield from (member.value for member in kind)
    elif kind in (int, float):
        limits = [getattr(each, name) for each in _flat(metadata) for name in ("ge", "le") if hasattr(each, name)]
        number = now if isinstance(now, int | float) else next(iter(limits), 1)
        yield from (number + 1, number - 1, number * 2, number / 2, *limits)
    elif kind is str:
        yield from (each.example for each in _flat(metadata) if hasattr(each, "example"))
        yield from ("changed", "a text that is different from before")
    elif issubclass(kind, datetime.date):
        yield "2026-11-22"


def _flat(metadata: Iterable[Any]) -> Iterator[Any]:
    for each in metadata:
        yield from each.metadata if isinstance(each, FieldInfo) else (each,)
