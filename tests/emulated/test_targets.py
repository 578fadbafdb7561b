"""Registering targets, and what DescribeTargetHealth tells of them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.test_balancing import OUTPUTS, RESOURCES, by_address

ADDRESS = {"Id": "10.9.1.10", "Port": 8080}


def states(client, group: str, **request) -> dict[tuple[str, int], tuple[str, str | None]]:
    described = client("elbv2").describe_target_health(TargetGroupArn=group, **request)["TargetHealthDescriptions"]
    return {
        (each["Target"]["Id"], each["Target"]["Port"]): (
            each["TargetHealth"]["State"],
            each["TargetHealth"].get("Reason"),
        )
        for each in described
    }


@pytest.mark.behaviour("Elastic Load Balancing", "a target that was just registered is initial, not healthy")
def test_new_target_is_initial(stack, client):
    group = stack.put(by_address(), OUTPUTS)["Group"]
    client("elbv2").register_targets(TargetGroupArn=group, Targets=[ADDRESS])

    assert states(client, group)["10.9.1.10", 8080][0] == "initial"


@pytest.mark.behaviour("Elastic Load Balancing", "one address can be registered with several ports")
def test_same_target_with_another_port_is_another(stack, client):
    group = stack.put(by_address(), OUTPUTS)["Group"]
    elb = client("elbv2")
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.9.1.10"}, {"Id": "10.9.1.10", "Port": 9090}])
    assert sorted(states(client, group)) == [("10.9.1.10", 8080), ("10.9.1.10", 9090)]

    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "10.9.1.10", "Port": 9090}])

    left = eventually(
        lambda: [key for key, (state, _) in states(client, group).items() if state != "draining"], "one target left"
    )
    assert left == [("10.9.1.10", 8080)]


@pytest.mark.behaviour("Elastic Load Balancing", "targets of a group to which no listener forwards are unused")
def test_target_of_an_unused_group_is_unused(stack, client):
    resources = {name: by_address()[name] for name in ("Vpc", "SubnetA", "Group")}
    group = stack.put(resources, {"Group": {"Ref": "Group"}})["Group"]
    client("elbv2").register_targets(TargetGroupArn=group, Targets=[ADDRESS])

    assert states(client, group) == {("10.9.1.10", 8080): ("unused", "Target.NotInUse")}


@pytest.mark.behaviour("Elastic Load Balancing", "a target that is asked for and not registered is unused")
def test_target_that_is_not_registered(stack, client):
    group = stack.put(by_address(), OUTPUTS)["Group"]

    assert states(client, group, Targets=[ADDRESS]) == {("10.9.1.10", 8080): ("unused", "Target.NotRegistered")}


@pytest.mark.behaviour("Elastic Load Balancing", "an instance that does not run cannot be registered")
def test_instance_that_is_not_there_is_refused(stack, client):
    group = stack.put(RESOURCES, OUTPUTS)["Group"]

    with pytest.raises(ClientError, match="InvalidTarget"):
        client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": "i-0123456789abcdef0"}])
