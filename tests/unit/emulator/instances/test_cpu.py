"""Processor time of a tree of processes."""

from __future__ import annotations

import pytest

from emulator.instances.cpu import processes, used_seconds, utilization


@pytest.fixture
def proc(tmp_path):
    def add(pid: int, parent: int, name: str, ticks: tuple[int, int, int, int]) -> None:
        folder = tmp_path / str(pid)
        folder.mkdir()
        fields = ["S", str(parent), *["0"] * 9, *map(str, ticks), *["0"] * 30]
        (folder / "stat").write_text(f"{pid} ({name}) {' '.join(fields)}\n")

    add(10, 1, "machine", (100, 50, 0, 0))
    add(11, 10, "a (strange) name", (200, 0, 50, 0))
    add(12, 11, "child", (100, 0, 0, 0))
    add(20, 1, "other", (900, 0, 0, 0))
    (tmp_path / "30").mkdir()
    return tmp_path


def test_time_of_a_tree_is_that_of_all_its_processes(proc):
    used = used_seconds(10, processes(proc))

    assert used == used_seconds(11, processes(proc)) + 1.5
    assert used == 5.0


def test_where_there_is_no_proc_there_is_nothing(tmp_path):
    assert processes(tmp_path / "none") == []
    assert used_seconds(10, []) == 0.0


@pytest.mark.parametrize(
    ("used", "elapsed", "processors", "percent"),
    [(5.0, 10.0, 1, 50.0), (5.0, 10.0, 2, 25.0), (-1.0, 10.0, 1, 0.0), (1.0, 0.0, 1, 0.0)],
)
def test_utilization_is_a_share_of_all_processors(used, elapsed, processors, percent):
    assert utilization(used, elapsed, processors) == percent
