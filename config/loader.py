"""Load the configuration of one environment: merge its sources, validate, and report every problem at once.

Sources, later ones win: defaults of the models, `base.yaml`, `<environment>.yaml`, environment variables, `-c set`.
The loader reads files and nothing else; variables and assignments are handed to it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from types import MappingProxyType

from pydantic import BaseModel, ValidationError

from config.models import Configuration
from config.overrides import from_assignments, from_variables
from config.positions import Document, Path, UnreadableError, Value, read_yaml
from config.problems import ConfigurationError, Problem
from config.reference import Reference
from config.translation import translate

ENVIRONMENTS = FilePath(__file__).parent / "environments"
BASE = "base"
_ROOT = FilePath(__file__).parent.parent
_NOTHING: Mapping[str, str] = MappingProxyType({})


def load(
    environment: str,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = _NOTHING,
    folder: FilePath = ENVIRONMENTS,
) -> Configuration:
    """Return the validated configuration of an environment.

    :param environment: name of a file in `folder` without `.yaml`; not `base`.
    :param overrides: assignments `path.to.key=value`, each perhaps several with commas between; they win over all.
    :param environ: environment variables, of which those that start with `SLIPWAY__` count.
    :param folder: where `base.yaml` and the environments' files stand.
    :raises ConfigurationError: with all problems of all sources.
    """
    return load_as(Configuration, environment, overrides=overrides, environ=environ, folder=folder)


def load_as[Model: BaseModel](
    model: type[Model],
    environment: str,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = _NOTHING,
    folder: FilePath = ENVIRONMENTS,
) -> Model:
    """Do what :func:`load` does for any model.

    :raises ConfigurationError: with all problems of all sources.
    """
    documents = [
        *_read_files(environment, folder),
        from_variables(environ),
        from_assignments(overrides),
    ]
    merged = _merge(documents)
    if "environment" in model.model_fields:
        _name_environment(merged, environment)
    try:
        configuration = _validate(model, merged)
    except ValidationError as error:
        known = {problem.path for problem in merged.problems}
        merged.problems += [
            problem for problem in translate(error, merged, Reference(model)) if problem.path not in known
        ]
        raise ConfigurationError(environment, merged.problems) from error
    if merged.problems:
        raise ConfigurationError(environment, merged.problems)
    return configuration


def environment_names(folder: FilePath = ENVIRONMENTS) -> tuple[str, ...]:
    """Return the names that :func:`load` knows, sorted."""
    return tuple(sorted(file.stem for file in folder.glob("*.yaml") if file.stem != BASE))


def _read_files(environment: str, folder: FilePath) -> list[Document]:
    """Read base and environment, and report all that cannot be read before giving up."""
    names = environment_names(folder)
    if environment not in names:
        raise ConfigurationError(environment, [_unknown_environment(environment, names, folder)])
    documents: list[Document] = []
    unreadable: list[Problem] = []
    for file in (folder / f"{BASE}.yaml", folder / f"{environment}.yaml"):
        try:
            documents.append(read_yaml(file.read_bytes(), _shown(file)))
        except UnreadableError as error:
            unreadable.append(error.problem)
        except OSError as error:
            unreadable.append(Problem(f"cannot be read: {error.strerror}", source=_shown(file)))
    if unreadable:
        raise ConfigurationError(environment, [*unreadable, *(p for document in documents for p in document.problems)])
    return documents


def _unknown_environment(environment: str, names: Sequence[str], folder: FilePath) -> Problem:
    close = difflib.get_close_matches(environment, names, n=1)
    return Problem(
        message=f'there is no environment "{environment}"',
        source=_shown(folder),
        value=environment,
        allowed=", ".join(names) or "none, as the folder holds no environment's file",
        nearest=close[0] if close else None,
        mend=f"choose one of them, or write {_shown(folder / 'NAME.yaml')} for a new one",
    )


def _shown(file: FilePath) -> str:
    """Return a path as a reader knows it: relative to the repository where it lies inside."""
    return str(file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else file)


def _merge(documents: Sequence[Document]) -> Document:
    """Lay later documents over earlier ones: mappings merge, everything else is replaced as a whole."""
    merged = Document()
    for document in documents:
        _merge_into(merged, document, merged.values, document.values, ())
        merged.problems += document.problems
        if () in document.sources:
            merged.sources[()] = document.sources[()]
    return merged


def _merge_into(
    merged: Document, document: Document, below: dict[str, Value], above: dict[str, Value], path: Path
) -> None:
    for key, value in above.items():
        here: Path = (*path, key)
        old = below.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge_into(merged, document, old, value, here)
        else:
            _replace_sources(merged, document, here)
            below[key] = value
        merged.sources[here] = document.sources[here]


def _replace_sources(merged: Document, document: Document, path: Path) -> None:
    """Forget where the old value's parts stood, and take over where the new one's stand."""
    for old in [known for known in merged.sources if known[: len(path)] == path]:
        del merged.sources[old]
    merged.sources |= {new: source for new, source in document.sources.items() if new[: len(path)] == path}


def _name_environment(merged: Document, environment: str) -> None:
    """Give the configuration its name, and refuse another one: names of resources hang on it."""
    written = merged.values.setdefault("environment", environment)
    if written != environment:
        source = merged.sources[("environment",)]
        message = f'is {written}, but the environment that was asked for is "{environment}"'
        mend = "take the line out, or ask for the other environment"
        merged.problems.append(Problem(message, "environment", source.name, source.line, source.column, mend=mend))


def _validate[Model: BaseModel](model: type[Model], merged: Document) -> Model:
    """Validate, and read an override as text where the model wants text.

    An assignment such as `account=123456789012` has no quotes of its own, so YAML reads a number; the model knows
    better.
    """
    try:
        return model.model_validate(merged.values)
    except ValidationError as error:
        paths = [item["loc"] for item in error.errors(include_url=False) if item["type"] == "string_type"]
        if not any(_take_as_text(merged, path) for path in paths):
            raise
    return model.model_validate(merged.values)


def _take_as_text(merged: Document, path: Path) -> bool:
    source = merged.sources.get(path)
    if source is None or source.line is not None or source.text is None:
        return False
    *parents, last = (str(key) for key in path)
    mapping = merged.values
    for key in parents:
        inner = mapping[key]
        if not isinstance(inner, dict):
            return False
        mapping = inner
    mapping[last] = source.text
    return True
