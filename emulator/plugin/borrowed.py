"""The border to the emulator's private names.

A module of ours says at its top which names of which emulator module it uses, and which of its functions it replaces;
whatever is missing, or is called otherwise than our replacement can be, is collected, and :func:`require_all` refuses
to go on. So an update of the emulator cannot break us silently, in the middle of a deploy.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class MissingNamesError(Exception):
    """The installed emulator lacks names that the plug-in relies on, or has changed how they are called."""


class Border:
    """What was found missing or changed so far."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.changed: set[str] = set()

    def borrow(self, module_name: str, *names: str) -> ModuleType:
        """Import a module of the emulator and note which of the names it lacks.

        :param module_name: below `ministack`, for example `services.ec2`.
        :param names: every attribute of it that the caller uses.
        """
        full_name = f"ministack.{module_name}"
        try:
            module = importlib.import_module(full_name)
        except ModuleNotFoundError as error:
            if error.name is None or not error.name.startswith("ministack."):
                raise
            self.missing.add(f"{full_name} (the whole module)")
            return _Absent(full_name)
        self.missing |= {f"{full_name}.{name}" for name in names if not hasattr(module, name)}
        return module

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Put a function of ours in place of one of the emulator's.

        :param owner: the module or class that has it.
        :param make: gets the original and returns the replacement.
        """
        if not hasattr(owner, name):
            self.missing.add(f"{_name_of(owner)}.{name}")
            return
        original = getattr(owner, name)
        replacement = make(original)
        if change := changed_parameters(original, replacement):
            self.changed.add(f"{_name_of(owner)}.{name} {change}")
        with suppress(AttributeError, TypeError):
            # For who replaces ours in turn: it stands for the original.
            replacement.__wrapped__ = original
        setattr(owner, name, replacement)

    def require_all(self) -> None:
        """Check that every name exists and is called as we expect.

        :raises MissingNamesError: naming all that do not, or are not.
        """
        findings = []
        if self.missing:
            findings.append("lacks " + ", ".join(sorted(self.missing)))
        if self.changed:
            findings.append("has changed: " + "; ".join(sorted(self.changed)))
        if findings:
            raise MissingNamesError(
                f"this version of ministack {'; and it '.join(findings)}\n"
                "  next: install the version that emulator/requirements.in pins ('make setup'), for which the plug-in "
                "was written"
            )


class _Absent(ModuleType):
    """Stands for a module that is not there, so that all that is missing is found and not only the first of it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Absent(f"{self.__name__}.{name}")

    def __call__(self, *_arguments: Any, **_named: Any) -> Any:
        return self


def changed_parameters(original: Any, replacement: Any) -> str | None:
    """Return how the parameters of two functions differ, if the second cannot be called as the first; else None.

    Names of positional parameters do not count, the emulator hands those over by their place; nor does it count which
    of them it may leave out.
    """
    try:
        theirs, ours = inspect.signature(original), inspect.signature(replacement, follow_wrapped=False)
    except (TypeError, ValueError):
        return None  # no functions, or none that say what they take
    if _can_stand_in(ours, theirs):
        return None
    return f"takes {theirs} and our replacement {ours}"


def _can_stand_in(ours: inspect.Signature, theirs: inspect.Signature) -> bool:
    kinds = {parameter.kind for parameter in ours.parameters.values()}
    takes_any_place = inspect.Parameter.VAR_POSITIONAL in kinds
    takes_any_name = inspect.Parameter.VAR_KEYWORD in kinds
    mine, others = _places(ours), _places(theirs)
    enough = takes_any_place or len(mine) >= len(others)
    not_too_many = _required(mine) <= len(others)
    missing_names = set() if takes_any_name else set(_named(theirs)) - set(ours.parameters)
    extra_names = {name for name, needed in _named(ours).items() if needed} - set(theirs.parameters)
    return enough and not_too_many and not missing_names and not extra_names


def _places(signature: inspect.Signature) -> list[inspect.Parameter]:
    return [parameter for parameter in signature.parameters.values() if parameter.kind in _POSITIONAL]


def _required(parameters: list[inspect.Parameter]) -> int:
    return sum(parameter.default is inspect.Parameter.empty for parameter in parameters)


def _named(signature: inspect.Signature) -> dict[str, bool]:
    """Return the parameters that are given by name only, and whether they must be."""
    return {
        name: parameter.default is inspect.Parameter.empty
        for name, parameter in signature.parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def _name_of(owner: Any) -> str:
    module = getattr(owner, "__module__", None)
    return str(f"{module}.{owner.__qualname__}" if module and hasattr(owner, "__qualname__") else owner.__name__)


_border = Border()
borrow = _border.borrow
replace = _border.replace
require_all = _border.require_all
