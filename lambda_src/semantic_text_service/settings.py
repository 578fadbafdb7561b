"""Which engines the function may use: read from its environment once, at start."""

from __future__ import annotations

from collections.abc import Mapping

from contract import environment
from contract.modes import Engine
from lambda_src.shared.settings import SettingsError


def read_engines(variables: Mapping[str, str]) -> tuple[Engine, ...]:
    """Return the engines that may be used, the one that is used by default first.

    :raises SettingsError: if an engine is named that does not exist.
    """
    named = variables.get(environment.SENTIMENT_ENGINES, Engine.EMBEDDED)
    try:
        return tuple(dict.fromkeys(Engine(name) for name in named.split(",")))
    except ValueError as error:
        allowed = ", ".join(Engine)
        raise SettingsError(
            f"environment variable {environment.SENTIMENT_ENGINES} is {named!r}; names of engines with commas between "
            f"them are allowed, out of {allowed}; the functions stack sets it: deploy that again"
        ) from error
