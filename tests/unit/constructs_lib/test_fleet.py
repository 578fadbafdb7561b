"""Instances and their group, each with what it is given."""

from __future__ import annotations

import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from constructs_lib.fleet import ProxyGroup, ProxyLaunchTemplate, RolloutAlarm, mixed_instances, rollout_policy
from contract.lifecycle import LAUNCHING_HOOK
from tests.unit.constructs_lib.test_load_balancer import PUBLIC, load_balancer_in, vpc_in


def launch_template_in(stack, vpc, *, public_address=False):
    return ProxyLaunchTemplate(
        stack,
        "LaunchTemplate",
        name="the-proxy",
        machine_image=ec2.MachineImage.from_ssm_parameter("/image/id"),
        instance_type="t3.small",
        instance_profile=iam.InstanceProfile(stack, "Profile"),
        security_group=ec2.SecurityGroup(stack, "Group", vpc=vpc),
        public_address=public_address,
        user_data="#!/bin/sh\ntrue\n",
        volume_gib=9,
    )


def group_in(stack, *, desired=None, types=("t3.small",), spot_percent=0, undo_on=()):
    vpc = vpc_in(stack)
    launch_template = launch_template_in(stack, vpc)
    rollout = rollout_policy(minimum_healthy_percent=50, maximum_healthy_percent=120, bake_minutes=2, undo_on=undo_on)
    return ProxyGroup(
        stack,
        "Fleet",
        name="the-group",
        vpc=vpc,
        subnets=PUBLIC,
        launch_template=launch_template,
        mixed=mixed_instances(launch_template, types, spot_percent=spot_percent, on_demand_base=0),
        targets=load_balancer_in(stack, vpc).all_targets,
        minimum=1,
        desired=desired,
        maximum=1,
        grace_seconds=20,
        start_timeout_seconds=100,
        drain_timeout_seconds=90,
        rollout=rollout,
    )


def refresh_of(group):
    return group.node.find_child("ASG").cfn_options.update_policy.auto_scaling_instance_refresh


def test_an_instance_is_named_and_runs_its_user_data(stack, template):
    launch_template_in(stack, vpc_in(stack))

    (found,) = template("AWS::EC2::LaunchTemplate")
    data = found["LaunchTemplateData"]
    assert data["UserData"] == {"Fn::Base64": "#!/bin/sh\ntrue\n"}
    assert data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 9
    instance_tags = data["TagSpecifications"][0]["Tags"]
    assert {"Key": "Name", "Value": "the-proxy"} in instance_tags


def test_an_instance_gets_a_public_address_whatever_its_subnet_says(stack, template):
    launch_template_in(stack, vpc_in(stack), public_address=True)

    data = template("AWS::EC2::LaunchTemplate")[0]["LaunchTemplateData"]
    (interface,) = data["NetworkInterfaces"]
    assert (interface["AssociatePublicIpAddress"], interface["DeviceIndex"]) == (True, 0)
    assert len(interface["Groups"]) == 1
    assert "SecurityGroupIds" not in data


def test_an_instance_of_a_private_subnet_gets_none(stack, template):
    launch_template_in(stack, vpc_in(stack))

    data = template("AWS::EC2::LaunchTemplate")[0]["LaunchTemplateData"]
    assert ("NetworkInterfaces" in data, len(data["SecurityGroupIds"])) == (False, 1)


def test_a_group_of_instances_of_one_type(stack, template):
    group = group_in(stack)

    (found,) = template("AWS::AutoScaling::AutoScalingGroup")
    assert found["AutoScalingGroupName"] == "the-group"
    assert (found["MinSize"], found["MaxSize"], found["HealthCheckGracePeriod"]) == ("1", "1", 20)
    assert not {"DesiredCapacity", "MixedInstancesPolicy"} & set(found)
    preferences = refresh_of(group).preferences
    assert (preferences.min_healthy_percentage, preferences.max_healthy_percentage) == (50, 120)
    assert (preferences.bake_time, preferences.alarm_specification) == (120, None)
    assert template("AWS::AutoScaling::LifecycleHook")[0]["HeartbeatTimeout"] == 90


def test_a_number_that_is_asked_for_is_set(stack, template):
    group_in(stack, desired=1)

    assert template("AWS::AutoScaling::AutoScalingGroup")[0]["DesiredCapacity"] == "1"


@pytest.mark.parametrize(("types", "spot_percent"), [(("t3.small", "t3a.small"), 0), (("t3.small",), 100)])
def test_several_types_or_spot_instances_make_a_mixed_group(stack, template, types, spot_percent):
    group_in(stack, types=types, spot_percent=spot_percent)

    (found,) = template("AWS::AutoScaling::AutoScalingGroup")
    policy = found["MixedInstancesPolicy"]
    assert tuple(each["InstanceType"] for each in policy["LaunchTemplate"]["Overrides"]) == types
    assert policy["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 100 - spot_percent
    assert found["CapacityRebalance"] is True


def test_alarms_undo_a_rollout(stack):
    metric = cloudwatch.Metric(namespace="a", metric_name="b")
    alarm = RolloutAlarm(stack, "Alarm", name="ill", description="x", metric=metric, minutes=4, of_minutes=6)

    (watched,) = refresh_of(group_in(stack, undo_on=[alarm])).preferences.alarm_specification.alarms
    assert stack.resolve(watched) == {"Ref": stack.get_logical_id(alarm.node.default_child)}


def test_an_instance_that_starts_rings_no_alarm(stack, template):
    metric = cloudwatch.Metric(namespace="a", metric_name="b")
    RolloutAlarm(stack, "Alarm", name="ill", description="x", metric=metric, minutes=4, of_minutes=6)

    (found,) = template("AWS::CloudWatch::Alarm")
    assert (found["DatapointsToAlarm"], found["EvaluationPeriods"], found["Threshold"]) == (4, 6, 1)
    assert found["TreatMissingData"] == "notBreaching"


def test_an_instance_comes_into_service_only_when_it_says_so_and_the_first_ones_too(stack, template):
    group_in(stack)

    # In the group itself: a hook of its own would be made after the first instances.
    (found,) = template("AWS::AutoScaling::AutoScalingGroup")
    assert found["LifecycleHookSpecificationList"] == [
        {
            "LifecycleHookName": LAUNCHING_HOOK,
            "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING",
            "HeartbeatTimeout": 100,
            "DefaultResult": "ABANDON",
        }
    ]


def test_a_group_follows_its_load(stack, template):
    group_in(stack).follow_load(cpu_target_percent=40, network_mib_per_second=0.5, warmup_seconds=7)

    policies = template("AWS::AutoScaling::ScalingPolicy")
    assert {policy["TargetTrackingConfiguration"]["TargetValue"] for policy in policies} == {40, 60 * 512 * 1024}
    assert {policy["EstimatedInstanceWarmup"] for policy in policies} == {7}


@pytest.mark.parametrize(
    ("percent", "steps"),
    [(80, [(0, 10, 50), (10, None, 100)]), (100, [(0, None, 100)])],
)
def test_a_surge_adds_many_at_once(stack, template, percent, steps):
    group_in(stack).grow_at_once(
        cpu_percent=percent, warmup_seconds=7, alarm_name="surge", alarm_description="severity: low. x"
    )

    (policy,) = template("AWS::AutoScaling::ScalingPolicy")
    (alarm,) = template("AWS::CloudWatch::Alarm")
    assert policy["MinAdjustmentMagnitude"] == 1
    assert [
        (step["MetricIntervalLowerBound"], step.get("MetricIntervalUpperBound"), step["ScalingAdjustment"])
        for step in policy["StepAdjustments"]
    ] == steps
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], len(alarm["AlarmActions"])) == (percent, 2, 1)


def test_a_rollout_waits_for_nobody(stack):
    preferences = refresh_of(group_in(stack)).preferences

    assert (preferences.scale_in_protected_instances, preferences.standby_instances) == ("Refresh", "Ignore")
