"""Where an emulator keeps things."""

from __future__ import annotations

from emulator.paths import StatePaths


def test_runtime_folders_of_two_states_differ(tmp_path):
    assert StatePaths(tmp_path / "a").runtime != StatePaths(tmp_path / "b").runtime


def test_everything_but_the_runtime_folder_stands_below_the_state(tmp_path):
    paths = StatePaths(tmp_path)

    names = [name for name, value in vars(StatePaths).items() if isinstance(value, property) and name != "runtime"]
    assert names
    assert all(getattr(paths, name).is_relative_to(tmp_path) for name in names)
