"""Load the configuration of one environment: merge its sources, validate, and report every problem at once.

Sources, later ones win: defaults of the models, `base.yaml`, `<environment>.yaml`, environment variables, `-c set`.
The loader reads files and nothing else; variables and assignments are handed to it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from types import MappingProxyType

from pydantic import BaseModel

from config.layers import merge
from config.models import Configuration
from config.overrides import OPTION, from_assignments, from_variables
from config.positions import Document, UnreadableError, read_yaml
from config.problems import ConfigurationError, Problem
from config.validation import validate

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
    option: str = OPTION,
) -> Configuration:
    """Return the validated configuration of an environment.

    :param environment: name of a file in `folder` without `.yaml`; not `base`.
    :param overrides: assignments `path.to.key=value`, each perhaps several with commas between; they win over all.
    :param environ: environment variables, of which those that start with `SLIPWAY__` count.
    :param folder: where `base.yaml` and the environments' files stand.
    :param option: how `overrides` are given on the command line in use, for messages.
    :raises ConfigurationError: with all problems of all sources.
    """
    return load_as(Configuration, environment, overrides=overrides, environ=environ, folder=folder, option=option)


def load_as[Model: BaseModel](
    model: type[Model],
    environment: str,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = _NOTHING,
    folder: FilePath = ENVIRONMENTS,
    option: str = OPTION,
) -> Model:
    """Do what :func:`load` does for any model.

    :raises ConfigurationError: with all problems of all sources.
    """
    return from_layers(
        model,
        environment,
        read_layers(environment, overrides=overrides, environ=environ, folder=folder, option=option),
    )


def read_layers(
    environment: str,
    *,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = _NOTHING,
    folder: FilePath = ENVIRONMENTS,
    option: str = OPTION,
) -> list[Document]:
    """Return what each source says, the weakest first; parameters are those of :func:`load`.

    :raises ConfigurationError: if a file cannot be read at all; its values could not be judged then.
    """
    return [*_read_files(environment, folder), *from_variables(environ), *from_assignments(overrides, option)]


def from_layers[Model: BaseModel](model: type[Model], environment: str, layers: Sequence[Document]) -> Model:
    """Lay the sources over one another and validate what comes out.

    :param layers: as :func:`read_layers` returns them; they are not used afterwards.
    :raises ConfigurationError: with all problems of all sources.
    """
    merged = merge(layers)
    if "environment" in model.model_fields:
        _name_environment(merged, environment)
    result = validate(model, merged)
    if isinstance(result, list):
        known = {problem.path for problem in merged.problems}
        merged.problems += [problem for problem in result if problem.path not in known]
    if isinstance(result, list) or merged.problems:
        raise ConfigurationError(environment, merged.problems)
    return result


def environment_names(folder: FilePath = ENVIRONMENTS) -> tuple[str, ...]:
    """Return the names that :func:`load` knows, sorted."""
    return tuple(sorted(file.stem for file in folder.glob("*.yaml") if file.stem != BASE))


def misnamed_environments(folder: FilePath = ENVIRONMENTS) -> tuple[str, ...]:
    """Return the names of environments whose file ends in `.yml`, sorted; :func:`load` says to rename it."""
    known = environment_names(folder)
    return tuple(sorted(file.stem for file in folder.glob("*.yml") if file.stem not in (BASE, *known)))


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
        except FileNotFoundError as error:
            misnamed = _misnamed(file.stem, folder)
            mend = f"rename {misnamed} to {file.name}" if misnamed else "make this file, which may be empty"
            unreadable.append(Problem(f"cannot be read: {error.strerror}", source=_shown(file), mend=mend))
        except OSError as error:
            mend = "see that it is a file, and that you may read it"
            unreadable.append(Problem(f"cannot be read: {error.strerror}", source=_shown(file), mend=mend))
    if unreadable:
        raise ConfigurationError(environment, [*unreadable, *(p for document in documents for p in document.problems)])
    return documents


def _unknown_environment(environment: str, names: Sequence[str], folder: FilePath) -> Problem:
    close = difflib.get_close_matches(environment, names, n=1)
    misnamed = _misnamed(environment, folder)
    return Problem(
        message=f'there is no environment "{environment}"',
        source=_shown(folder),
        value=environment,
        allowed=", ".join(names) or "none, as the folder holds no environment's file",
        nearest=close[0] if close else None,
        mend=f"rename {misnamed} to {environment}.yaml" if misnamed else "choose one of them",
    )


def _misnamed(name: str, folder: FilePath) -> str | None:
    """Return the file whose name ends in another way than it has to, if there is one."""
    return next((file.name for file in folder.glob("*.yml") if file.stem == name), None)


def _shown(file: FilePath) -> str:
    """Return a path as a reader knows it: relative to the repository where it lies inside."""
    return str(file.relative_to(_ROOT) if file.is_relative_to(_ROOT) else file)


def _name_environment(merged: Document, environment: str) -> None:
    """Give the configuration its name, and refuse another one: names of resources hang on it."""
    written = merged.values.get("environment", environment)
    merged.values["environment"] = environment
    if written != environment:
        source = merged.sources[("environment",)]
        mend = "take it out, or ask for the other environment"
        shown = json.dumps(written, default=str)
        what = written if isinstance(written, str) else shown
        message = f'is {what}, but the environment that was asked for is "{environment}"'
        place = (source.name, source.line, source.column)
        merged.problems.append(Problem(message, "environment", *place, value=shown, mend=mend))
