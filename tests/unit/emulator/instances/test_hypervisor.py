"""What the hypervisor does with instances, without any AWS."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.instances.guard import PAUSE_SECONDS
from emulator.instances.hypervisor import CRASHED, Hypervisor, Instance, Scope

SCOPE = Scope("000000000000", "us-east-1")


class Machine:
    def __init__(self) -> None:
        self.alive = True
        self.asked = False
        self.ended = False

    def is_alive(self) -> bool:
        return self.alive

    def ask_to_end(self) -> None:
        self.asked = True

    def terminate(self) -> None:
        self.alive = False
        self.ended = True


class FakeEc2:
    """Instances without any AWS; what it is told, it remembers."""

    def __init__(self) -> None:
        self.known: dict[str, Instance] = {}
        self.machines: list[Machine] = []
        self.reasons: dict[str, str] = {}
        self.full = False

    def instances(self) -> list[Instance]:
        return list(self.known.values())

    def boot(self, instance: Instance) -> Machine:
        if self.full:
            raise OSError(f"no room for {instance.instance_id}")
        self.machines.append(Machine())
        return self.machines[-1]

    def entered(self, instance: Instance, state: str, reason: str = "") -> None:
        self.known[instance.instance_id] = replace(instance, state=state, reboots=False)
        self.reasons[instance.instance_id] = reason

    def want(self, state: str, name: str = "i-1", **changes) -> None:
        self.known[name] = Instance(SCOPE, name, state, **changes)


@pytest.fixture
def ec2():
    return FakeEc2()


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def hypervisor(ec2, clock):
    made = Hypervisor(ec2, lambda: clock[0])
    ec2.want("pending")
    made.reconcile()
    return made


def state(ec2, name="i-1"):
    return ec2.known[name].state


def test_pending_instance_is_booted_once(hypervisor, ec2):
    hypervisor.reconcile()

    assert (state(ec2), len(ec2.machines)) == ("running", 1)


def test_instance_stops_and_starts_on_another_machine(hypervisor, ec2):
    ec2.want("stopping")
    hypervisor.reconcile()
    assert (state(ec2), ec2.machines[0].ended) == ("stopped", True)

    ec2.want("pending")
    hypervisor.reconcile()
    assert (state(ec2), len(ec2.machines)) == ("running", 2)


def test_reboot_ends_the_machine_and_boots_another(hypervisor, ec2):
    ec2.want("running", reboots=True)

    hypervisor.reconcile()

    assert [machine.ended for machine in ec2.machines] == [True, False]
    assert state(ec2) == "running"


def test_shutdown_ends_in_terminated(hypervisor, ec2):
    ec2.want("shutting-down")

    hypervisor.reconcile()

    assert (state(ec2), ec2.reasons["i-1"], ec2.machines[0].ended) == ("terminated", "", True)


def test_machine_that_ends_by_itself_takes_its_instance_along(hypervisor, ec2):
    ec2.machines[0].alive = False

    hypervisor.reconcile()

    assert (state(ec2), ec2.reasons["i-1"], ec2.machines[0].ended) == ("terminated", CRASHED, True)


def test_machine_of_a_forgotten_instance_ends(hypervisor, ec2):
    ec2.known.clear()

    hypervisor.reconcile()

    assert ec2.machines[0].ended


def test_several_end_side_by_side(hypervisor, ec2):
    ec2.want("pending", "i-2")
    hypervisor.reconcile()
    asked = []
    ec2.machines[0].terminate = lambda: asked.append(ec2.machines[1].asked)
    ec2.want("shutting-down")
    ec2.want("shutting-down", "i-2")

    hypervisor.reconcile()

    assert asked == [True], "the second was asked before the first was waited for"


def test_instance_that_cannot_boot_is_terminated(ec2):
    ec2.full = True
    ec2.want("pending")

    Hypervisor(ec2, lambda: 0.0).reconcile()

    assert (state(ec2), ec2.reasons["i-1"]) == ("terminated", CRASHED)


def test_end_of_all_tells_nobody(hypervisor, ec2):
    hypervisor.end_all()

    assert (state(ec2), ec2.machines[0].ended) == ("running", True)


def test_instance_that_cannot_be_followed_holds_up_no_other(ec2):
    tell = ec2.entered

    def entered(instance: Instance, state: str, reason: str = "") -> None:
        if instance.instance_id == "i-1":
            raise TimeoutError("EC2 does not answer")
        tell(instance, state, reason)

    ec2.entered = entered
    ec2.want("pending", "i-1")
    ec2.want("pending", "i-2")

    Hypervisor(ec2, lambda: 0.0).reconcile()

    assert (state(ec2, "i-1"), state(ec2, "i-2")) == ("pending", "running")


def broken() -> None:
    raise OSError("it does not end")


def test_machine_that_cannot_be_ended_holds_up_no_other_and_is_tried_again(hypervisor, ec2, clock):
    ec2.want("pending", "i-2")
    hypervisor.reconcile()
    end, ec2.machines[0].terminate = ec2.machines[0].terminate, broken
    ec2.known.clear()

    hypervisor.reconcile()
    assert [machine.ended for machine in ec2.machines] == [False, True]

    ec2.machines[0].terminate = end
    clock[0] += PAUSE_SECONDS
    hypervisor.reconcile()
    assert ec2.machines[0].ended


def test_at_the_end_nothing_waits_for_a_pause(hypervisor, ec2):
    ec2.known.clear()
    end, ec2.machines[0].terminate = ec2.machines[0].terminate, broken
    hypervisor.reconcile()
    ec2.machines[0].terminate = end

    hypervisor.end_all()

    assert ec2.machines[0].ended


def test_instance_gets_no_second_machine_while_its_first_cannot_be_ended(hypervisor, ec2):
    ec2.machines[0].terminate = broken
    ec2.want("running", reboots=True)

    hypervisor.reconcile()

    assert (len(ec2.machines), ec2.known["i-1"].reboots) == (1, True)
