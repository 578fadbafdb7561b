"""Saving is tried again until it works, is said once, and never takes most of the time."""

from __future__ import annotations

from datetime import UTC, datetime

from emulator.state.saving import SHORTEST_SECONDS, Saving

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 13, tzinfo=UTC)


def test_a_failure_is_news_once_and_since_its_first_time():
    saving = Saving()

    assert saving.failed(OSError(28, "No space left on device"), NOON)
    assert not saving.failed(OSError(28, "No space left on device"), LATER)
    assert saving.describe() == {
        "ok": False, "reason": "[Errno 28] No space left on device", "since": "2026-01-01T12:00:00+00:00",
    }  # fmt: skip


def test_what_failed_is_still_to_be_saved():
    saving = Saving(changed=False)
    saving.failed(OSError("x"), NOON)

    assert saving.changed


def test_success_ends_the_failure():
    saving = Saving()
    saving.failed(OSError("x"), NOON)
    saving.succeeded(0.01)

    assert saving.describe() == {"ok": True, "reason": None, "since": None}


def test_a_large_state_is_saved_less_often():
    saving = Saving()
    saving.succeeded(0.001)
    assert saving.pause_seconds == SHORTEST_SECONDS

    saving.succeeded(0.5)
    assert saving.pause_seconds == 5.0
