"""The thread that looks after the instances, with a cloud that fails."""

from __future__ import annotations

import time

import pytest

from emulator.instances.guard import PAUSE_SECONDS
from emulator.instances.host import Host
from emulator.instances.running import is_settled


class Cloud:
    """Groups and instances without any AWS; nothing is wanted."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.done: list[str] = []

    def begin(self) -> None:
        self._do("begin")

    def tend(self) -> bool:
        self._do("tend")
        return True

    def instances(self) -> list:
        self._do("instances")
        return []

    def _do(self, what: str) -> None:
        if what in self.failing:
            self.done.append(f"{what} failed")
            raise RuntimeError(what)
        self.done.append(what)


class Clock:
    """Each look at it finds that a pause has passed."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += PAUSE_SECONDS
        return self.now


@pytest.fixture
def cloud():
    return Cloud()


@pytest.fixture
def report(tmp_path):
    return tmp_path / "fleet.json"


@pytest.fixture
def host(report):
    made = Host(report, Clock())
    yield made
    made.stop()


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_an_earlier_run_is_taken_up_before_anything_else_however_often_that_fails(host, cloud):
    cloud.failing.add("begin")
    host.start(cloud)
    wait_for(lambda: cloud.done.count("begin failed") >= 2)
    assert "tend" not in cloud.done

    cloud.failing.clear()

    wait_for(lambda: "instances" in cloud.done)
    assert cloud.done.count("begin") == 1


def test_an_earlier_run_is_taken_up_at_once(host, cloud):
    host.start(cloud)

    host.stop()

    assert cloud.done[:1] == ["begin"]


def test_instances_are_looked_after_while_groups_fail(host, cloud, report):
    cloud.failing.add("tend")

    host.start(cloud)

    wait_for(report.exists)
    assert "instances" in cloud.done
    assert not is_settled(report, 0.0)


def test_groups_are_looked_after_while_instances_fail(host, cloud, report):
    cloud.failing.add("instances")

    host.start(cloud)

    wait_for(lambda: cloud.done.count("tend") >= 2)
    assert not is_settled(report, 0.0)
