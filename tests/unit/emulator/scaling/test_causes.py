"""The words of scaling activities."""

from __future__ import annotations

from emulator.scaling import causes


def test_shrinking_names_the_instance_and_both_capacities():
    assert causes.shrinking(2, 1, "i-1").endswith(
        "shrinking the capacity from 2 to 1.  At {at} instance i-1 was selected for termination."
    )


def test_user_request_tells_of_the_capacity_only_where_it_changes():
    assert (
        causes.user_request("i-1", 2, 2)
        == "At {at} instance i-1 was taken out of service in response to a user request."
    )
    assert causes.user_request("i-1", 2, 1).endswith("a user request, shrinking the capacity from 2 to 1.")
