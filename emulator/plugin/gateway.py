"""Corrections to the emulator's front door: the HTTP application itself."""

from __future__ import annotations

from typing import Any

from emulator.plugin.borrowed import borrow, replace

_app = borrow("app", "app", "_HEALTH_PATHS")


def install() -> Any:
    """Apply the corrections and return the emulator's ASGI application."""
    # Otherwise `/health` of an application behind the emulator is answered by the emulator, always with 200.
    replace(_app, "_HEALTH_PATHS", lambda paths: tuple(path for path in paths if path != "/health"))
    return _app.app
