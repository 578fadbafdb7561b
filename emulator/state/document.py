"""The saved state: one file, so that all of it is always of one moment, whenever the emulator is killed.

It says which version wrote it. A file that cannot be read, or was written by another version, is refused and left as it
is: whatever went on in its place would overwrite it a second later.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLUGIN_VERSION = 1
"""To be raised when what the plug-in stores, or its form, is no longer what an earlier one understands."""

NAME = "state.json"
Hook = Callable[[dict[str, Any]], Any]


class StateError(Exception):
    """The saved state cannot be used; the message says why and what to do next."""


@dataclass(frozen=True)
class Writer:
    """Who writes a state.

    :param ministack: version of the emulator.
    :param plugin: see :data:`PLUGIN_VERSION`.
    """

    ministack: str
    plugin: int = PLUGIN_VERSION

    def __str__(self) -> str:
        return f"ministack {self.ministack} with plug-in state {self.plugin}"


class Document:
    """The state file in a folder, and the one before it.

    :param folder: made when something is written.
    :param writer: who reads and writes here.
    """

    def __init__(self, folder: Path, writer: Writer) -> None:
        self.path = folder / NAME
        self.previous = folder / f"{NAME}.previous"
        self._writer = writer
        self._writing = threading.Lock()
        self._is_final = False

    def write(self, services: Iterable[tuple[str, str]], *, is_last: bool = False) -> bool:
        """Write the state, unless a last one has been written: whatever comes after that is older.

        :param services: name and JSON text of each.
        :param is_last: whether the emulator ends; there may be several last ones.
        :returns: whether it was written.
        :raises OSError: if it cannot be written; the file is then as it was.
        """
        with self._writing:
            if self._is_final and not is_last:
                return False
            self._is_final = is_last
            self._replace(services)
            return True

    def _replace(self, services: Iterable[tuple[str, str]]) -> None:
        """Replace the file when all of the new one is on disk, and not before."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_suffix(".new")
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(f'{{"ministack": {json.dumps(self._writer.ministack)}, "plugin": {self._writer.plugin}, ')
                file.write('"services": {')
                for number, (name, text) in enumerate(services):
                    file.write(f"{',' if number else ''}\n{json.dumps(name)}: {text}")
                file.write("\n}}\n")
                file.flush()
                os.fsync(file.fileno())
            self._keep_previous()
            unfinished.replace(self.path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    def read(self, hook: Hook) -> dict[str, Any]:
        """Return the state of each service; empty if there is none.

        :param hook: makes objects of JSON objects, see :func:`json.loads`.
        :raises StateError: if it cannot be used.
        """
        if not self.path.exists():
            self._refuse_earlier_form()
            return {}
        try:
            saved = json.loads(self.path.read_bytes(), object_hook=hook)
            writer = Writer(saved["ministack"], saved["plugin"])
            services: dict[str, Any] = dict(saved["services"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise StateError(self._damaged(error)) from error
        if writer != self._writer:
            raise StateError(
                f"{self.path} was written by {writer}; this is {self._writer}, which may take it for something else\n"
                f"  next: use that version again; or remove {self.path.parent.parent} and deploy again"
            )
        return services

    def _keep_previous(self) -> None:
        # Where there are no hard links, there is no previous one; that does not matter but for the advice below.
        with suppress(OSError):
            self.previous.unlink(missing_ok=True)
            self.previous.hardlink_to(self.path)

    def _damaged(self, error: Exception) -> str:
        earlier = f"put {self.previous.name}, of one save earlier, in its place; or " if self.previous.exists() else ""
        return (
            f"{self.path} is damaged ({type(error).__name__}: {error}); it is left as it is\n"
            f"  next: {earlier}remove {self.path.parent.parent} and deploy again"
        )

    def _refuse_earlier_form(self) -> None:
        found = sorted(self.path.parent.glob("*.json")) if self.path.parent.is_dir() else []
        if found:
            raise StateError(
                f"{self.path.parent} holds {found[0].name} and others, as an earlier version of Slipway wrote them, "
                f"but no {NAME}\n  next: remove {self.path.parent.parent} and deploy again"
            )
