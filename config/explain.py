"""Say of each setting which value it has, where that comes from, and what it overrode on the way.

It reads the same sources as the loader and lays them over one another as the loader does, so what it says is what
`cdk` gets. It prints nothing and judges nothing.
"""

from __future__ import annotations

import copy
import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from types import MappingProxyType

from pydantic import BaseModel

from config.layers import merge
from config.loader import ENVIRONMENTS, from_layers, read_layers
from config.models import Configuration
from config.overrides import OPTION
from config.positions import Document, Path, Value, dotted, may_be_secret
from config.problems import ConfigurationError, Problem
from config.reference import Reference, reference_of

DEFAULT = "default of the model"
NAME_OF_FILE = "name of the environment's file"
HIDDEN = "(hidden)"
"""Stands for the value of a key that sounds like a secret."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


@dataclass(frozen=True)
class Layer:
    """What one source says about a setting.

    :param source: file, `-c set` or `--set`, `environment variable NAME`, or one of this module's words.
    :param line: line in the file, from 1; `None` where the source is no file.
    :param column: column in the file, from 1; `None` where the source is no file.
    :param value: as it was read.
    """

    source: str
    line: int | None
    column: int | None
    value: Json

    @property
    def place(self) -> str:
        """Where it was written, as an editor opens it: `file:line:column`."""
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Regional:
    """What one region has instead.

    :param value: the value there.
    :param place: where it was written; `None` where it follows from the common value.
    """

    value: Json
    place: str | None


@dataclass(frozen=True)
class Setting:
    """All there is to say about one setting.

    :param path: dotted path, for example `fleet.desired`.
    :param value: the value in effect; what the sources say where they have problems.
    :param default: what the models have without any source; `None` also where there is no default.
    :param required: whether there is no default.
    :param description: what it is for, with its unit.
    :param allowed: type and limits in words.
    :param layers: every source that says something, the weakest first; the last one won.
    :param in_regions: what each region has that has another value than `value`.
    """

    path: str
    value: Json
    default: Json
    required: bool
    description: str | None
    allowed: str | None
    layers: tuple[Layer, ...]
    in_regions: Mapping[str, Regional]

    @property
    def winner(self) -> Layer | None:
        """The source that decided; `None` if no source says anything."""
        return self.layers[-1] if self.layers else None


@dataclass(frozen=True)
class Explanation:
    """The settings that were asked for, and what is wrong with the configuration that they stand in."""

    environment: str
    settings: tuple[Setting, ...]
    problems: tuple[Problem, ...]


class UnknownPathError(Exception):
    """Nothing has the path that was asked for.

    :param path: what was asked for.
    :param nearest: the known path that was probably meant.
    :param known: what may stand where the path parts from what is known.
    """

    def __init__(self, path: str, nearest: str | None, known: Sequence[str]) -> None:
        self.path, self.nearest, self.known = path, nearest, tuple(known)
        lines = [f'there is no setting "{path}"']
        lines += [f'did you mean "{nearest}"?'] if nearest else []
        lines += [f"allowed: {', '.join(known)}"] if known else []
        super().__init__("\n    ".join(lines))


def explain(
    environment: str,
    path: str = "",
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = _NOTHING,
    folder: FilePath = ENVIRONMENTS,
    option: str = OPTION,
) -> Explanation:
    """Explain a setting, or all settings of a section; other parameters are those of :func:`config.load`.

    :param path: dotted path of a setting or of a section; empty for everything.
    :raises ConfigurationError: if a file cannot be read at all. Other problems are part of the explanation.
    :raises UnknownPathError: if nothing has the path.
    """
    layers = read_layers(environment, overrides=overrides, environ=environ, folder=folder, option=option)
    return explain_layers(Configuration, environment, layers, path)


def explain_layers(model: type[BaseModel], environment: str, layers: Sequence[Document], path: str = "") -> Explanation:
    """Do what :func:`explain` does for any model and layers that were read already."""
    merged = merge(copy.deepcopy(list(layers)))
    views: dict[str, Json] = {}
    problems: tuple[Problem, ...] = ()
    try:
        configuration = from_layers(model, environment, copy.deepcopy(list(layers)))
        effective = _json(configuration.model_dump(mode="json"))
        views = _views(configuration)
    except ConfigurationError as error:
        problems = error.problems
        effective = _json(merged.values)
    tree = _Tree(Reference(model), environment, layers, effective, views)
    start = tree.find(path)
    return Explanation(environment, tuple(tree.setting(leaf) for leaf in tree.leaves(start)), problems)


def known_paths() -> list[str]:
    """Return the dotted path of every section and setting, in the models' order."""
    reference = Reference(Configuration)

    def below(path: Path) -> Iterator[str]:
        for key in reference.fields(path):
            yield dotted((*path, key))
            yield from below((*path, key))

    return list(below(()))


def plain(path: str) -> str:
    """Return a path with places in lists as they are written here: `.0` for `[0]`."""
    return re.sub(r"\[(\d+)\]", r".\1", path)


def part_of(values: Json, path: str) -> Json:
    """Return the part of a configuration's values that stands at a path, `None` where nothing does.

    :param path: dotted path of a setting or of a section; empty for everything.
    :raises UnknownPathError: if nothing has the path.
    """
    tree = _Tree(reference_of(Configuration), "", [], values, {})
    return _at(values, tree.find(path))


def without_secrets(values: Mapping[str, Json], path: Path = ()) -> dict[str, Json]:
    """Return values with those hidden whose key sounds like a secret."""
    shown: dict[str, Json] = {}
    for key, value in values.items():
        here = (*path, key)
        if may_be_secret(here) and value is not None:
            shown[key] = HIDDEN
        else:
            shown[key] = without_secrets(value, here) if isinstance(value, dict) else value
    return shown


class _Tree:
    """Everything that is known of all paths."""

    def __init__(
        self,
        reference: Reference,
        environment: str,
        layers: Sequence[Document],
        effective: Json,
        views: Mapping[str, Json],
    ) -> None:
        self._reference = reference
        self._environment = environment
        self._layers = layers
        self._effective = effective
        self._views = views

    def find(self, path: str) -> Path:
        """Return the path that a text means.

        :raises UnknownPathError: if nothing may stand there.
        """
        steps: Path = tuple(int(step) if step.isdecimal() else step for step in plain(path).split(".")) if path else ()
        for length in range(1, len(steps) + 1):
            if self._reference.at(steps[:length]) is None:
                raise self._unknown(path, steps, length - 1)
        for length, step in enumerate(steps):
            if not self._may_stand(steps[:length], step):
                raise self._unknown(path, steps, length)
        return steps

    def leaves(self, path: Path) -> Iterator[Path]:
        """Yield the path itself if it is a setting, or those of all settings below it, in the models' order."""
        schema = self._reference.at(path) or {}
        value = _at(self._effective, path)
        names = list(schema.get("properties", ())) or (
            list(self._reference.fields(path)) if isinstance(value, dict) else []
        )
        if not names and isinstance(value, dict) and schema.get("type") == "object":
            names = list(value)
        if names:
            for name in names:
                yield from self.leaves((*path, name))
        else:
            yield path

    def setting(self, path: Path) -> Setting:
        """Return what there is to say about one path."""
        default, has_default = self._default(path)
        layers = (*([Layer(DEFAULT, None, None, default)] if has_default else []), *self._written(path))
        if path == ("environment",) and not layers:
            layers = (Layer(NAME_OF_FILE, None, None, self._environment),)
        value = _at(self._effective, path)
        if not _exists(self._effective, path) and layers:
            value = layers[-1].value
        regions = {region: _at(view, path) for region, view in self._views.items() if _exists(view, path)}
        return _discreet(
            path,
            Setting(
                path=dotted(path),
                value=value,
                default=default,
                required=self._reference.is_required(path) and not self._is_inside_collection(path),
                description=self._reference.description(path),
                allowed=self._reference.constraint(path),
                layers=layers,
                in_regions={
                    region: Regional(own, self._written_at(("regional", region, *path)))
                    for region, own in regions.items()
                    if own != value
                },
            ),
        )

    def _default(self, path: Path) -> tuple[Json, bool]:
        """Return what the models have at a path, and whether they have anything; a section's default goes first."""
        for length in range(len(path)):
            schema = self._reference.at(path[: length + 1]) or {}
            if "default" in schema and _exists(_json(schema["default"]), path[length + 1 :]):
                return _at(_json(schema["default"]), path[length + 1 :]), True
        return None, False

    def _written(self, path: Path) -> Iterator[Layer]:
        """Yield what each source says; one that replaces a whole section, as with null, speaks of all in it."""
        for document in self._layers:
            values: Json = _json(document.values)
            around = next((path[:n] for n in range(1, len(path) + 1) if not _is_way(values, path[:n])), path)
            if _exists(values, path) or (_exists(values, around) and not isinstance(_at(values, around), list)):
                source = document.sources.get(path) or document.sources[around]
                yield Layer(source.name, source.line, source.column, _at(values, path))

    def _written_at(self, path: Path) -> str | None:
        """Return the place that decides what stands exactly at a path."""
        layers = list(self._written(path))
        return layers[-1].place if layers else None

    def _may_stand(self, path: Path, step: str | int) -> bool:
        """Return whether an item is there, and whether a free name is none that was probably misspelled."""
        sources = (self._effective, *(_json(each.values) for each in self._layers))
        if any(_exists(values, (*path, step)) for values in sources) or step in self._reference.keys(path):
            return True
        return isinstance(step, str) and not _nearest(step, self._names_at(path))

    def _names_at(self, path: Path) -> list[str]:
        """Return the names that stand at a path, or may stand there."""
        value = _at(self._effective, path)
        return self._reference.keys(path) or (list(value) if isinstance(value, dict) else [])

    def _is_inside_collection(self, path: Path) -> bool:
        """Return whether a path names a free key or an item, which is there only if a source put it there."""
        return any(isinstance(path[n], int) or path[n] not in self._reference.keys(path[:n]) for n in range(len(path)))

    def _unknown(self, path: str, steps: Path, parting: int) -> UnknownPathError:
        """Return the error for a path whose first `parting` steps are good."""
        good = steps[:parting]
        here = self._names_at(good)
        close = _nearest(str(steps[parting]), here)
        if close:
            repaired = (*good, close, *steps[parting + 1 :])
            nearest = repaired if self._reference.at(repaired) is not None else repaired[: parting + 1]
            return UnknownPathError(path, dotted(nearest), here)
        places = self._reference.places(str(steps[-1]))
        known = [dotted((*place, steps[-1])) for place in places]
        closest = _nearest(path, known or [dotted(leaf) for leaf in self.leaves(())])
        return UnknownPathError(path, closest or next(iter(known), None), here)


def _nearest(written: str, known: Sequence[str]) -> str | None:
    return next(iter(difflib.get_close_matches(written, known, n=1)), None)


def _views(configuration: BaseModel) -> dict[str, Json]:
    """Return the view of each region, where the configuration has several."""
    if not isinstance(configuration, Configuration) or len(configuration.regions) == 1:
        return {}
    shared = {"regions", "regional"}
    return {
        region: _json(configuration.in_region(region).model_dump(mode="json", exclude=shared))
        for region in configuration.regions
    }


def _discreet(path: Path, setting: Setting) -> Setting:
    """Return the setting with values hidden that may be secrets."""
    if not may_be_secret(path):
        return setting
    layers = tuple(Layer(layer.source, layer.line, layer.column, HIDDEN) for layer in setting.layers)
    return Setting(
        setting.path, HIDDEN, HIDDEN, setting.required, setting.description, setting.allowed, layers,
        {region: Regional(HIDDEN, own.place) for region, own in setting.in_regions.items()},
    )  # fmt: skip


def _json(value: Value | Json | object) -> Json:
    """Return a value as JSON has it: a date becomes its text, and so does what is no number."""
    match value:
        case dict():
            return {str(key): _json(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_json(item) for item in value]
        case float() if not math.isfinite(value):
            return str(value)
        case bool() | int() | float() | str() | None:
            return value
        case _:
            return str(value)


def _is_way(values: Json, path: Path) -> bool:
    """Return whether a mapping or a list stands at a path, into which a longer path can lead."""
    return isinstance(_at(values, path), dict | list)


def _exists(values: Json, path: Path) -> bool:
    for step in path:
        match values:
            case dict() if str(step) in values:
                values = values[str(step)]
            case list() if isinstance(step, int) and step < len(values):
                values = values[step]
            case _:
                return False
    return True


def _at(values: Json, path: Path) -> Json:
    """Return what stands at a path; `None` where nothing does."""
    for step in path:
        match values:
            case dict():
                values = values.get(str(step))
            case list() if isinstance(step, int) and step < len(values):
                values = values[step]
            case _:
                return None
    return values
