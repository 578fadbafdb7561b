"""The border to the emulator's private names.

A module of ours says at its top which names of which emulator module it uses; whatever is missing is collected, and
:func:`require_all` refuses to go on. So an update of the emulator cannot break us silently, in the middle of a deploy.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

_missing: list[str] = []


class MissingNamesError(Exception):
    """The installed emulator lacks names that the plug-in relies on."""


def borrow(module_name: str, *names: str) -> ModuleType:
    """Import a module of the emulator and note which of the names it lacks.

    :param module_name: below `ministack`, for example `services.ec2`.
    :param names: every attribute of it that the caller uses.
    """
    module = importlib.import_module(f"ministack.{module_name}")
    _missing.extend(f"ministack.{module_name}.{name}" for name in names if not hasattr(module, name))
    return module


def replace(module: ModuleType, name: str, make: Callable[[Any], Any]) -> None:
    """Put a function of ours in place of one of the emulator's.

    :param make: gets the original and returns the replacement.
    """
    setattr(module, name, make(getattr(module, name)))


def require_all() -> None:
    """Check that every borrowed name exists.

    :raises MissingNamesError: naming all that do not.
    """
    if _missing:
        raise MissingNamesError(
            f"this version of ministack lacks {', '.join(sorted(set(_missing)))}; emulator/requirements.in pins the "
            "version that the plug-in was written for"
        )
