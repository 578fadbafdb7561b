"""Listeners of network load balancers."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.emulated.test_balancing import OUTPUTS, RESOURCES


def listen(client, outputs: dict[str, str], port: int) -> dict:
    return client("elbv2").create_listener(
        LoadBalancerArn=outputs["Arn"], Port=port, Protocol="TCP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": outputs["Group"]}],
    )["Listeners"][0]  # fmt: skip


@pytest.mark.behaviour("Network Load Balancer", "a second listener on a port is refused")
def test_taken_port_is_refused(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)

    with pytest.raises(ClientError, match="DuplicateListener"):
        listen(client, outputs, 8080)
    other = listen(client, outputs, 9090)
    with pytest.raises(ClientError, match="DuplicateListener"):
        client("elbv2").modify_listener(ListenerArn=other["ListenerArn"], Port=8080)


@pytest.mark.behaviour("Network Load Balancer", "a template with two listeners on a port fails and leaves nothing")
def test_taken_port_in_a_template(stack):
    stack.apply({"Resources": {**RESOURCES, "Second": {**RESOURCES["Listener"], "DependsOn": "Listener"}}})

    assert stack.status() == "ROLLBACK_COMPLETE"
    assert any("already exists on this port" in reason for reason in stack.reasons())


@pytest.mark.behaviour("Network Load Balancer", "a target group serves one load balancer and no second one")
def test_a_target_group_is_not_shared(stack, client):
    second = {**RESOURCES, "Other": RESOURCES["Balancer"]}
    outputs = stack.put(second, {**OUTPUTS, "Other": {"Ref": "Other"}})

    with pytest.raises(ClientError, match="TargetGroupAssociationLimit"):
        listen(client, {**outputs, "Arn": outputs["Other"]}, 8080)


@pytest.mark.behaviour("Network Load Balancer", "it is replaced for its scheme only together with its target group")
@pytest.mark.parametrize(("group", "status"), [("Group", "UPDATE_ROLLBACK_COMPLETE"), ("New", "UPDATE_COMPLETE")])
def test_another_scheme(stack, group, status):
    stack.put(RESOURCES, OUTPUTS)
    properties = {**RESOURCES["Balancer"]["Properties"], "Scheme": "internet-facing"}
    actions = [{"Type": "forward", "TargetGroupArn": {"Ref": group}}]
    listener = {**RESOURCES["Listener"]["Properties"], "DefaultActions": actions}
    resources = {
        **{name: entry for name, entry in RESOURCES.items() if name != "Group"},
        "Balancer": {**RESOURCES["Balancer"], "Properties": properties},
        group: RESOURCES["Group"],
        "Listener": {**RESOURCES["Listener"], "Properties": listener},
    }

    stack.apply({"Resources": resources})

    assert stack.status() == status


@pytest.mark.behaviour(
    "Network Load Balancer", "a listener made through the API has the ARN of its load balancer's kind"
)
def test_listener_made_through_the_api(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)
    made = listen(client, outputs, 9090)

    shown = client("elbv2").describe_listeners(ListenerArns=[made["ListenerArn"]])["Listeners"][0]

    assert f":listener/{outputs['FullName']}/" in made["ListenerArn"]
    assert (shown["Port"], shown["Protocol"]) == (9090, "TCP")


def idle_timeout(client, listener: str) -> str:
    shown = client("elbv2").describe_listener_attributes(ListenerArn=listener)["Attributes"]
    return {each["Key"]: each["Value"] for each in shown}["tcp.idle_timeout.seconds"]


@pytest.mark.behaviour(
    "Network Load Balancer", "a TCP listener's idle timeout is 350 s unless the template says otherwise"
)
def test_idle_timeout(stack, client):
    outputs = stack.put(RESOURCES, OUTPUTS)
    assert idle_timeout(client, outputs["Listener"]) == "350"
    assert idle_timeout(client, listen(client, outputs, 9090)["ListenerArn"]) == "350"


@pytest.mark.behaviour("Network Load Balancer", "a template may set a listener's idle timeout")
def test_idle_timeout_of_a_template(stack, client):
    attributes = {"ListenerAttributes": [{"Key": "tcp.idle_timeout.seconds", "Value": "60"}]}
    listener = {**RESOURCES["Listener"], "Properties": {**RESOURCES["Listener"]["Properties"], **attributes}}

    outputs = stack.put({**RESOURCES, "Listener": listener}, OUTPUTS)

    assert idle_timeout(client, outputs["Listener"]) == "60"


@pytest.mark.behaviour(
    "Network Load Balancer", "a deleted load balancer takes its listeners with it and frees its target group"
)
def test_deleted_through_the_api(stack, client):
    resources = {name: RESOURCES[name] for name in ("Vpc", "SubnetA", "SubnetB", "Balancer", "Group")}
    outputs = stack.put(resources, {name: OUTPUTS[name] for name in ("Arn", "Group")})
    made = listen(client, outputs, 9090)
    elb = client("elbv2")

    elb.delete_load_balancer(LoadBalancerArn=outputs["Arn"])

    with pytest.raises(ClientError, match="ListenerNotFound"):
        elb.describe_listeners(ListenerArns=[made["ListenerArn"]])
    elb.delete_target_group(TargetGroupArn=outputs["Group"])
