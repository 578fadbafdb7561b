"""What commands share that talk to a running emulator's control API: how they see it, and how they are added."""

from __future__ import annotations

import argparse
from typing import Any, Protocol

type Parsers = argparse._SubParsersAction[argparse.ArgumentParser]
"""To which commands add their parsers."""


class Controlled(Protocol):
    """A running emulator, as far as a command needs it; see :class:`emulator.launcher.Emulator`."""

    def control(self, command: str, **arguments: object) -> dict[str, Any]:
        """Send a command to its control API and return the answer.

        :raises emulator.launcher.EmulatorError: if it does not run, or refuses.
        """
        ...
