"""What holds for every test: none leaves this machine, and Ctrl-C means something."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.loopback import Guard

_guard = Guard()
_guard.install()

# A shell starts its background jobs, and with them all that they start, with this signal ignored. What the tests
# start and interrupt would then not even notice.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def loopback_guard() -> Guard:
    """Return the guard that watches this process."""
    return _guard


@pytest.fixture(autouse=True)
def _stay_on_loopback(loopback_guard: Guard) -> Iterator[None]:
    yield
    refused = loopback_guard.take()
    assert not refused, f"the test tried to leave this machine: {refused}"
