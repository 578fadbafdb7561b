"""Work that may fail without holding up other work."""

from __future__ import annotations

import logging

import pytest

from emulator.instances.guard import PAUSE_SECONDS, STALE_SECONDS, Guard


class Work:
    def __init__(self) -> None:
        self.done = 0
        self.problem: Exception | None = None

    def __call__(self) -> str:
        self.done += 1
        if self.problem is not None:
            raise self.problem
        return "done"


@pytest.fixture
def clock():
    return [1000.0]


@pytest.fixture
def guard(clock):
    return Guard(lambda: clock[0])


@pytest.fixture
def work():
    return Work()


def test_what_succeeds_is_done_each_time(guard, work):
    assert [guard.attempt("it", work, "failed") for _ in range(2)] == ["done", "done"]


def test_what_failed_rests_while_other_work_goes_on(guard, work, clock):
    other = Work()
    work.problem = ValueError("bad")

    assert [guard.attempt("it", work, "failed") for _ in range(3)] == ["failed"] * 3
    assert (work.done, guard.attempt("other", other, "failed")) == (1, "done")

    clock[0] += PAUSE_SECONDS
    work.problem = None
    assert guard.attempt("it", work, "failed") == "done"


def messages(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


def test_the_same_failure_is_said_once_and_another_one_again(guard, work, clock, caplog):
    for problem in (ValueError("bad"), ValueError("bad"), ValueError("worse"), None, ValueError("worse")):
        work.problem = problem
        guard.attempt("it", work, "failed")
        clock[0] += PAUSE_SECONDS

    assert (work.done, len(messages(caplog))) == (5, 3)
    assert "it failed; trying again" in messages(caplog)[0]


def test_nothing_rests_any_more_when_told_so(guard, work):
    work.problem = ValueError("bad")
    guard.attempt("it", work, "failed")

    guard.rest_no_more()

    guard.attempt("it", work, "failed")
    assert work.done == 2


def test_failures_of_what_is_gone_are_forgotten(guard, work, clock, caplog):
    work.problem = ValueError("bad")
    guard.attempt("gone", work, "failed")
    clock[0] += STALE_SECONDS
    guard.attempt("it", work, "failed")

    guard.attempt("gone", work, "failed")

    assert len(messages(caplog)) == 3
