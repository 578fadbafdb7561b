"""What is slow goes first, and what is shared goes together."""

from types import SimpleNamespace

import pytest

from tests.distribution import pytest_collection_modifyitems, rank, unit_of


@pytest.mark.parametrize(
    ("test", "unit"),
    [
        ("tests/e2e/test_pages.py::test_a[b::c]", "platform"),
        ("tests/e2e/test_rollout.py::test_a", "platform"),
        ("tests/e2e/test_environments.py::test_a", "account"),
        ("tests/e2e/test_lifecycle.py::test_a", "tests/e2e/test_lifecycle.py"),
        ("tests/e2e/test_workflows.py::test_a", "tests/e2e/test_workflows.py"),
        ("tests/unit/test_distribution.py::test_units[a::b]", "tests/unit/test_distribution.py"),
    ],
)
def test_units(test, unit):
    assert unit_of(test) == unit


def test_what_is_slow_comes_first():
    in_order = [
        "tests/e2e/test_rollout.py::test_a",
        "tests/e2e/test_environments.py::test_a",
        "tests/e2e/test_lifecycle.py::test_a",
        "tests/emulated/test_iam.py::test_a",
        "tests/synth/test_snapshots.py::test_a",
        "tests/unit/test_loopback.py::test_a",
    ]
    ranks = [rank(test) for test in in_order]
    assert ranks == sorted(set(ranks))


def test_in_a_folder_the_largest_files_come_first_and_files_stay_whole():
    def item(nodeid):
        return SimpleNamespace(nodeid=nodeid)

    items = [item("tests/unit/test_a.py::one"), *(item(f"tests/unit/test_b.py::{n}") for n in (2, 1))]
    items.append(item("tests/emulated/test_c.py::one"))
    pytest_collection_modifyitems(items)
    assert [each.nodeid.partition("/")[2] for each in items] == [
        "emulated/test_c.py::one",
        "unit/test_b.py::2",
        "unit/test_b.py::1",
        "unit/test_a.py::one",
    ]
