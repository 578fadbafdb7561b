"""What a process may have, and whether a folder is really in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway_proxy.memory import LEAST_SHARE, MIB, problem, resident, share_of, total

MOUNTS = r"""
23 30 0:21 / / rw - ext4 /dev/root rw
24 23 0:22 / /run rw - tmpfs tmpfs rw
25 24 0:23 / /run/with\040space rw - ext4 /dev/disk rw
""".lstrip()
NO_SWAP = "Filename\tType\tSize\tUsed\tPriority\n"


def files(tmp_path: Path, swaps: str = NO_SWAP) -> tuple[Path, Path]:
    (tmp_path / "mounts").write_text(MOUNTS)
    (tmp_path / "swaps").write_text(swaps)
    return tmp_path / "mounts", tmp_path / "swaps"


def test_processes_share_a_part_of_the_memory_and_all_of_it_stays_below_the_whole() -> None:
    share = share_of(4096 * MIB, 60, 2)
    assert share.soft == 4096 * MIB * 60 // 100 // 2
    assert share.soft < share.high < share.maximum
    assert share_of(4096 * MIB, 75, 4).maximum * 4 < 4096 * MIB


def test_on_a_small_machine_no_process_is_replaced_as_soon_as_it_starts() -> None:
    assert share_of(512 * MIB, 60, 2).soft == LEAST_SHARE


def test_this_machine_and_this_process_have_some(tmp_path: Path) -> None:
    assert 0 <= resident() < total()
    assert resident(tmp_path / "none") == 0


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/run/slipway", ""),
        ("/run", ""),
        ("/var/run/slipway", "/var/run/slipway is on ext4; it has to be memory-backed (tmpfs)"),
        ("/runner", "/runner is on ext4"),
        ("/run/with space/slipway", "/run/with space/slipway is on ext4"),
    ],
)
def test_a_private_key_goes_nowhere_but_into_memory(tmp_path: Path, folder: str, found: str) -> None:
    said = problem(Path(folder), *files(tmp_path))
    assert said.startswith(found)
    assert bool(said) == bool(found)


def test_memory_that_is_swapped_out_is_a_disk(tmp_path: Path) -> None:
    swaps = f"{NO_SWAP}/swapfile file 1048572 0 -2\n"
    assert problem(Path("/run/slipway"), *files(tmp_path, swaps)).startswith("this machine swaps to /swapfile; ")
