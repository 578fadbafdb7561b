"""A world in memory for each test."""

from __future__ import annotations

import pytest

from tests.unit.slipway.engine.images.world import World


@pytest.fixture
def world() -> World:
    return World()
