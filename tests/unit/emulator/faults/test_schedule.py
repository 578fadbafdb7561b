"""When events would happen on AWS: resources at once where they can be, one after the other where they must."""

from __future__ import annotations

from emulator.faults.schedule import Schedule

LENGTHS = {"Vpc": 10.0, "Gateway": 100.0, "Balancer": 150.0, "Route": 5.0}


def schedule() -> Schedule:
    made = Schedule(1000.0, lambda type_name, operation: LENGTHS[type_name] / (1 if operation == "create" else 10))
    made.depend({"vpc": [], "gateway": ["vpc"], "balancer": ["vpc"], "route": ["gateway"]})
    return made


def span(made: Schedule, name: str, type_name: str, operation: str = "CREATE", end: str = "COMPLETE"):
    begun = made.moment(name, type_name, f"{operation}_IN_PROGRESS")
    return begun, made.moment(name, type_name, f"{operation}_{end}")


def test_what_does_not_need_each_other_is_made_at_the_same_time() -> None:
    made = schedule()

    assert span(made, "vpc", "Vpc") == (1000, 1010)
    assert span(made, "gateway", "Gateway") == (1010, 1110)
    assert span(made, "balancer", "Balancer") == (1010, 1160)
    assert span(made, "route", "Route") == (1110, 1115)
    assert made.phase() == 1160


def test_what_goes_waits_for_those_that_need_it() -> None:
    made = schedule()

    assert span(made, "route", "Route", "DELETE") == (1000, 1000.5)
    assert span(made, "balancer", "Balancer", "DELETE") == (1000, 1015)
    assert span(made, "gateway", "Gateway", "DELETE") == (1000.5, 1010.5)
    assert span(made, "vpc", "Vpc", "DELETE") == (1015, 1016)


def test_a_rollback_begins_when_all_that_was_begun_is_done() -> None:
    made = schedule()
    span(made, "vpc", "Vpc")
    span(made, "balancer", "Balancer")
    assert span(made, "gateway", "Gateway", end="FAILED") == (1010, 1110)

    assert made.phase() == 1160
    assert span(made, "balancer", "Balancer", "DELETE") == (1160, 1175)


def test_what_an_update_leaves_untouched_takes_no_time() -> None:
    made = schedule()
    made.leave_untouched("vpc")

    assert span(made, "vpc", "Vpc", "UPDATE") == (1000, 1000)
    assert span(made, "gateway", "Gateway", "UPDATE") == (1000, 1010)


def test_what_is_replaced_takes_as_long_as_making_it() -> None:
    made = schedule()
    begun = made.moment("gateway", "Gateway", "UPDATE_IN_PROGRESS")
    made.replace("gateway")
    assert made.moment("gateway", "Gateway", "UPDATE_IN_PROGRESS") == begun

    assert made.moment("gateway", "Gateway", "UPDATE_COMPLETE") == begun + 100


def test_a_resource_can_be_slowed_down_once() -> None:
    made = schedule()
    made.moment("vpc", "Vpc", "CREATE_IN_PROGRESS")
    made.slow_down("vpc", 30)

    assert made.moment("vpc", "Vpc", "CREATE_COMPLETE") == 1040
    made.phase()
    assert span(made, "vpc", "Vpc", "DELETE") == (1040, 1041)


def test_what_is_kept_and_what_is_only_reported_takes_no_time() -> None:
    made = schedule()

    assert made.moment("vpc", "Vpc", "DELETE_SKIPPED") == 1000
    assert made.moment("vpc", "Vpc", "UPDATE_COMPLETE") == 1000
