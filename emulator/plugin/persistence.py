"""Save the state while the emulator runs, so that nothing is lost when it is killed, and load it when it starts.

The emulator itself saves only when it ends in an orderly way, service by service, and goes on without what it cannot
read. Contents of S3 objects are written by it at once; this is about everything else.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from emulator.plugin.borrowed import borrow, replace
from emulator.state.document import Document, StateError, Writer
from emulator.state.saving import Saving

_app = borrow(
    "app", "_ErrorModule", "_build_persistence_save_dict", "_get_module", "_load_persisted_state", "_state_map"
)
_persistence = borrow("core.persistence", "STATE_DIR", "_json_default", "_json_object_hook")
_lambda = borrow("services.lambda_svc", "CODE_BLOB_DIR", "_prune_orphan_code_blobs")
logger = logging.getLogger("slipway.emulator")

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OBJECT_PATH = re.compile(r"/[^/]+/.+")
_CALL_PATH = re.compile(r"/2015-03-31/functions/[^/]+/invocations/?")
States = dict[str, Any]


def changes_state(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request may change what has to be saved.

    Calls of functions and the contents of objects do not count: there are many of them, and none needs it.
    """
    path = scope["path"]
    if scope["method"] in _READING or path.startswith(("/_aws/", "/_ministack/")) or _CALL_PATH.fullmatch(path):
        return False
    headers = dict(scope["headers"])
    is_s3 = b"/s3/aws4_request" in headers.get(b"authorization", b"")
    return not (is_s3 and _OBJECT_PATH.fullmatch(path))


class FunctionCode:
    """The code of functions, which the emulator keeps in files of their own beside the state.

    It removes what nothing in memory refers to, before the state that says so is saved: killed in between, a saved
    function would be without its code. So files go only when neither of the last two saved states needs them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._referenced: set[str] = set()
        self._saved: set[str] | None = None

    def note(self, referenced: set[str]) -> None:
        """Take the place of the emulator's own clearing away."""
        self._referenced = set(referenced)

    def clear(self) -> None:
        """Remove what is not needed any more; called when a state is saved."""
        saved, self._saved = self._saved, self._referenced
        if saved is None:
            return
        for file in self._folder.glob("*.zip"):
            if file.stem not in saved | self._saved:
                file.unlink(missing_ok=True)


class Saver:
    """Loads the state at the start, notices requests that change it, and saves it some time after them.

    :param now: the wall clock.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.saving = Saving()
        self._now = now
        self._document = Document(Path(_persistence.STATE_DIR), Writer(metadata.version("ministack")))
        self._code = FunctionCode(Path(_lambda.CODE_BLOB_DIR))
        replace(_lambda, "_prune_orphan_code_blobs", lambda _original: self._code.note)

    def load(self) -> None:
        """Read the saved state, and have the emulator take it when it starts.

        :raises StateError: if it cannot be used.
        """
        states = self._document.read(_persistence._json_object_hook)
        replace(_app, "_load_persisted_state", lambda _original: lambda: _restore(states))

    def note(self, scope: Mapping[str, Any]) -> None:
        """Take notice of one request (its ASGI scope)."""
        self.saving.changed = self.saving.changed or changes_state(scope)

    def note_change(self) -> None:
        """Take notice of a change that no request made."""
        self.saving.changed = True

    async def run(self) -> None:
        """Save again and again, for ever."""
        while True:
            await asyncio.sleep(self.saving.pause_seconds)
            if self.saving.changed:
                self.saving.changed = False
                await self._save()

    def save_last(self) -> None:
        """Save everything and return when it is written, or cannot be; from now on nothing else saves."""
        try:
            self._write(_copies(), is_last=True)
        except Exception as error:
            self._tell(error)

    async def _save(self) -> None:
        began = time.monotonic()
        try:
            # Copies are taken between two requests, on the loop; writing them may take as long as it likes.
            await asyncio.to_thread(self._write, _copies())
        except Exception as error:
            self._tell(error)
        else:
            self.saving.succeeded(time.monotonic() - began)

    def _write(self, states: States, *, is_last: bool = False) -> None:
        if self._document.write(_encoded(states), is_last=is_last):
            self._code.clear()

    def _tell(self, error: Exception) -> None:
        if self.saving.failed(error, self._now()):
            logger.error(
                "the state cannot be saved (%s); the last saved one stays in %s, and saving is tried again each second",
                error, self._document.path,
            )  # fmt: skip


def _copies() -> States:
    states = {name: get_state() for name, get_state in _app._build_persistence_save_dict().items()}
    return {name: state for name, state in states.items() if state is not None}


def _encoded(states: States) -> Iterator[tuple[str, str]]:
    for name, state in states.items():
        yield name, json.dumps(state, default=_persistence._json_default)


def _restore(states: States) -> None:
    """Give each service its state.

    :raises StateError: if one does not take it; without it, it would be lost at the next save.
    """
    for name, state in states.items():
        try:
            _service(name).load_persisted_state(state)
        except Exception as error:
            raise StateError(
                f"the saved state of {name} cannot be used ({type(error).__name__}: {error}); it is left as it is\n"
                f"  next: remove {Path(_persistence.STATE_DIR).parent} and deploy again"
            ) from error


def _service(name: str) -> Any:
    module = _app._get_module(_app._state_map[name])
    if type(module) is _app._ErrorModule:
        raise RuntimeError("the service cannot be loaded")
    return module
