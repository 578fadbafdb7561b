import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.busiest import busiest
from contract.statistics import OTHERS, HostCount

COUNTS = st.builds(HostCount, *[st.integers(0, 9)] * 3)
HOSTS = st.dictionaries(st.sampled_from(["a", "b", "c", "d", "e", OTHERS]), COUNTS)


def test_the_most_first_and_the_rest_together():
    hosts = {"b": HostCount(2, 1, 0), OTHERS: HostCount(100, 0, 1), "a": HostCount(2), "c": HostCount(1, 1, 1)}
    assert list(busiest(hosts, 2).items()) == [
        ("a", HostCount(2)),
        ("b", HostCount(2, 1, 0)),
        (OTHERS, HostCount(101, 1, 2)),
    ]


def test_nothing_is_folded_that_fits():
    assert busiest({"a": HostCount(1)}, 1) == {"a": HostCount(1)}


@pytest.mark.parametrize("name", ["responses", "transformed", "failed_open"])
@given(hosts=HOSTS, most=st.integers(0, 6))
def test_no_count_is_lost(name, hosts, most):
    found = busiest(hosts, most)
    assert sum(getattr(each, name) for each in found.values()) == sum(getattr(each, name) for each in hosts.values())
    assert len(found) <= most + 1
