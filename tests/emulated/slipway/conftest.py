"""An image stack in the embedded AWS for each test that wants one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.launcher import Emulator
from tests.emulated.slipway.workshop import Workshop, enter


@pytest.fixture
def workshop(
    client: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workshop]:
    enter(monkeypatch, client)
    made = Workshop(f"t{uuid.uuid4().hex[:8]}", tmp_path, client, capsys)
    made.deploy()
    yield made
    made.clear()


@pytest.fixture
def order(emulator: Emulator) -> Iterator[Callable[..., Any]]:
    yield lambda **orders: emulator.control("image-builds", **orders)
    emulator.control("image-builds")
