"""Lifecycle hooks: they hold an instance until someone lets it go, or their time is over."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.emulated.conftest import eventually
from tests.emulated.event_queues import queue_of_events
from tests.emulated.scaling_groups import OUTPUTS, Watched, resources

LAUNCH = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATE = "autoscaling:EC2_INSTANCE_TERMINATING"
QUEUE = {"Type": "AWS::SQS::Queue"}
EVENTS = queue_of_events({"source": ["aws.autoscaling"], "detail": {"AutoScalingGroupName": [{"Ref": "Group"}]}})


def hook(name: str, transition: str, **properties):
    base = {"LifecycleHookName": name, "LifecycleTransition": transition, "HeartbeatTimeout": 3600}
    return {**base, **properties}


@pytest.fixture
def deploy(stack, client):
    def put(*hooks, **more) -> Watched:
        made = resources(LifecycleHookSpecificationList=list(hooks), DesiredCapacity="0") | more
        return Watched(stack.put(made, OUTPUTS)["Name"], client("autoscaling"))

    return put


def resize(group: Watched, desired: int) -> None:
    group.api.set_desired_capacity(AutoScalingGroupName=group.name, DesiredCapacity=desired)


def complete(group: Watched, name: str, instance_id: str, result: str) -> None:
    group.api.complete_lifecycle_action(
        AutoScalingGroupName=group.name,
        LifecycleHookName=name,
        InstanceId=instance_id,
        LifecycleActionResult=result,
    )


@pytest.mark.behaviour("Auto Scaling", "hooks hold a launch and a termination until they are completed, and are events")
def test_hooks_hold_an_instance_until_they_are_complete(deploy, client, stack):
    group = deploy(hook("in", LAUNCH), hook("out", TERMINATE), **EVENTS)
    url = stack.physical_id("Queue")
    resize(group, 1)

    (name,) = group.await_states("Pending:Wait")
    complete(group, "in", name, "CONTINUE")
    group.await_states("InService")
    resize(group, 0)
    group.await_states("Terminating:Wait")
    complete(group, "out", name, "CONTINUE")
    group.await_states()

    kinds: dict[str, dict[str, str]] = {}

    def has_all_events() -> bool:
        answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        events = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        kinds.update({event["detail-type"]: event["detail"] for event in events})
        return len(kinds) == 4

    eventually(has_all_events, "four kinds of events", 300)
    assert set(kinds) == {
        "EC2 Instance-launch Lifecycle Action",
        "EC2 Instance Launch Successful",
        "EC2 Instance-terminate Lifecycle Action",
        "EC2 Instance Terminate Successful",
    }
    action = kinds["EC2 Instance-launch Lifecycle Action"]
    assert (action["EC2InstanceId"], action["LifecycleHookName"]) == (name, "in")
    assert (action["Origin"], action["Destination"]) == ("EC2", "AutoScalingGroup")


@pytest.mark.behaviour("Auto Scaling", "a launch that its hook abandons ends the instance, and another one is launched")
def test_abandoned_launch_is_repeated(deploy):
    group = deploy(hook("in", LAUNCH))
    resize(group, 1)
    (first,) = group.await_states("Pending:Wait")

    complete(group, "in", first, "ABANDON")

    eventually(lambda: first not in group.states(), "the end of the first", 300)
    group.await_states("Pending:Wait")
    activities = group.api.describe_scaling_activities(AutoScalingGroupName=group.name)["Activities"]
    (told,) = [each["StatusMessage"] for each in activities if each["StatusCode"] == "Failed"]
    assert told.startswith("Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ")
    assert told.endswith(" was abandoned: Lifecycle Action Completed with ABANDON Result")


@pytest.mark.behaviour("CloudFormation", "a group is created when its launching hook has let its first instances go")
def test_creation_waits_until_the_first_instances_are_let_go(stack, client):
    made = resources(LifecycleHookSpecificationList=[hook("in", LAUNCH)], MinSize="1")
    made["Group"]["Properties"]["AutoScalingGroupName"] = f"{stack.name}-group"
    stack.begin({"Resources": made})
    group = Watched(f"{stack.name}-group", client("autoscaling"))
    (first,) = group.await_states("Pending:Wait")
    complete(group, "in", first, "ABANDON")
    eventually(lambda: first not in group.states(), "the end of the first", 300)
    (second,) = group.await_states("Pending:Wait")
    assert stack.status() == "CREATE_IN_PROGRESS"

    complete(group, "in", second, "CONTINUE")

    eventually(lambda: stack.status() == "CREATE_COMPLETE", "the stack", 300)
    assert group.states() == {second: "InService"}


@pytest.mark.behaviour("Auto Scaling", "a hook that is put later has its timeout and default result")
def test_hook_that_is_put_later_is_shown(deploy):
    group = deploy()
    group.api.put_lifecycle_hook(
        AutoScalingGroupName=group.name,
        LifecycleHookName="in",
        LifecycleTransition=LAUNCH,
        HeartbeatTimeout=30,
        DefaultResult="CONTINUE",
    )
    hooks = group.api.describe_lifecycle_hooks(AutoScalingGroupName=group.name)["LifecycleHooks"]
    assert [(each["HeartbeatTimeout"], each["DefaultResult"]) for each in hooks] == [(30, "CONTINUE")]
    named = {"AutoScalingGroupName": group.name, "LifecycleHookNames": ["another"]}
    assert group.api.describe_lifecycle_hooks(**named)["LifecycleHooks"] == []


@pytest.mark.behaviour("Auto Scaling", "a heartbeat and a completion need an action under way")
def test_unknown_actions_are_refused(deploy):
    group = deploy(hook("in", LAUNCH))
    resize(group, 1)
    (name,) = group.await_states("Pending:Wait")

    group.api.record_lifecycle_action_heartbeat(
        AutoScalingGroupName=group.name, LifecycleHookName="in", InstanceId=name
    )
    with pytest.raises(ClientError, match="No active Lifecycle Action found"):
        complete(group, "out", name, "CONTINUE")


@pytest.mark.behaviour("Auto Scaling", "a hook tells its own queue or topic of each action", aws=False)
def test_hook_tells_its_own_target(deploy, client, stack):
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    group = deploy(hook("in", LAUNCH, NotificationTargetARN=arn, NotificationMetadata="more"), Queue=QUEUE)
    url = stack.physical_id("Queue")
    resize(group, 1)
    (name,) = group.await_states("Pending:Wait")

    messages = eventually(lambda: client("sqs").receive_message(QueueUrl=url).get("Messages"), "a message")

    message = json.loads(messages[0]["Body"])
    assert (message["EC2InstanceId"], message["NotificationMetadata"]) == (name, "more")
