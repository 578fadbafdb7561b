"""Which engines the function may use, and for how long: read from its environment once, at start."""

from __future__ import annotations

from collections.abc import Mapping

from contract import environment
from contract.modes import Engine
from lambda_src.shared.settings import SettingsError

RATING_SECONDS = 10.0
"""Where nothing is set: half of what the HTML service waits for texts."""


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


def read_rating_seconds(variables: Mapping[str, str]) -> float:
    """Return how long an engine may take for all texts of a call, in seconds.

    :raises SettingsError: if it is no number above 0.
    """
    text = variables.get(environment.RATING_SECONDS, str(RATING_SECONDS))
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        name = environment.RATING_SECONDS
        raise SettingsError(
            f"environment variable {name} is {text!r}; it has to be a number of seconds above 0; the functions stack "
            "sets it: deploy that again"
        )
    return seconds
