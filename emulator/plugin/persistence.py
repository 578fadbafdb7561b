"""Save the state while the emulator runs, so that nothing is lost when it is killed.

The emulator itself saves only when it ends in an orderly way. Contents of S3 objects are written by it at once; this is
about everything else.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.plugin.borrowed import borrow

_app = borrow("app", "_build_persistence_save_dict")
_persistence = borrow("core.persistence", "STATE_DIR", "_json_default", "_state_format_version", "save_all")

INTERVAL_SECONDS = 1.0
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OBJECT_PATH = re.compile(r"/[^/]+/.+")


class Saver:
    """Notices requests that change state, and saves some time after them."""

    def __init__(self) -> None:
        self._changed = False

    def note(self, scope: Mapping[str, Any]) -> None:
        """Take notice of one request (its ASGI scope)."""
        self._changed = self._changed or changes_state(scope)

    async def run(self) -> None:
        """Save again and again, for ever."""
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            if self._changed:
                self._changed = False
                # Copies are taken between two requests, on the loop; writing them may take as long as it likes.
                await asyncio.to_thread(_write, _copies())

    def save_now(self) -> None:
        """Save everything and return when it is written."""
        _persistence.save_all(_app._build_persistence_save_dict())


def changes_state(scope: Mapping[str, Any]) -> bool:
    """Tell whether a request may change what has to be saved.

    Calls of functions and the contents of objects do not count: there are many of them, and none needs it.
    """
    if scope["method"] in _READING or scope["path"].startswith(("/_aws/", "/_ministack/")):
        return False
    headers = dict(scope["headers"])
    is_s3 = b"/s3/aws4_request" in headers.get(b"authorization", b"")
    return not (is_s3 and _OBJECT_PATH.fullmatch(scope["path"]))


def _copies() -> dict[str, Any]:
    states = {name: get_state() for name, get_state in _app._build_persistence_save_dict().items()}
    return {name: state for name, state in states.items() if state is not None}


def _write(states: dict[str, Any]) -> None:
    """Write all states in the emulator's format, then put them in place all at once, so that they agree."""
    folder = Path(_persistence.STATE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, state in states.items():
        temporary = folder / f"{name}.json.new"
        content = {"__ministack_format__": _persistence._state_format_version(name), "payload": state}
        temporary.write_text(json.dumps(content, default=_persistence._json_default))
        written.append(temporary)
    for temporary in written:
        temporary.replace(temporary.with_suffix(""))
