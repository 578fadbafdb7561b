"""What is slow goes first, and what is shared goes together."""

import pytest

from tests.distribution import rank, unit_of


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
