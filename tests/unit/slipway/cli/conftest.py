"""The command over files of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.slipway.cli.commands import Slipway, make


@pytest.fixture
def slipway(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Slipway:
    return make(tmp_path, capsys)
