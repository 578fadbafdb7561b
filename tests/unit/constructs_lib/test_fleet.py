"""Instances, load balancer and group, each with what it is given."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from constructs_lib.fleet import ProxyGroup, ProxyLaunchTemplate, ProxyLoadBalancer


def vpc_in(stack):
    return ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, restrict_default_security_group=False)


PUBLIC = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)


def launch_template_in(stack, vpc):
    profile = iam.InstanceProfile(stack, "Profile")
    return ProxyLaunchTemplate(
        stack,
        "LaunchTemplate",
        name="the-proxy",
        image_parameter="/image/id",
        instance_type="t3.small",
        instance_profile=profile,
        security_group=ec2.SecurityGroup(stack, "Group", vpc=vpc),
        user_data="#!/bin/sh\ntrue\n",
        volume_gib=9,
    )


def load_balancer_in(stack, vpc, *, internet_facing=False):
    return ProxyLoadBalancer(
        stack,
        "LoadBalancer",
        vpc=vpc,
        subnets=PUBLIC,
        internet_facing=internet_facing,
        security_group=ec2.SecurityGroup(stack, "BalancerGroup", vpc=vpc),
        port=3128,
        target_port=8080,
        health_port=8081,
        health_path="/health",
        interval_seconds=10,
        timeout_seconds=4,
        healthy_threshold=2,
        unhealthy_threshold=5,
        deregistration_delay_seconds=60,
        deletion_protection=True,
        access_logs_bucket=s3.Bucket(stack, "AccessLogs"),
    )


def test_an_instance_is_named_and_runs_its_user_data(stack, template):
    launch_template_in(stack, vpc_in(stack))

    (found,) = template("AWS::EC2::LaunchTemplate")
    data = found["LaunchTemplateData"]
    assert data["UserData"] == {"Fn::Base64": "#!/bin/sh\ntrue\n"}
    assert data["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 9
    instance_tags = data["TagSpecifications"][0]["Tags"]
    assert {"Key": "Name", "Value": "the-proxy"} in instance_tags


def test_the_load_balancer(stack, template):
    load_balancer_in(stack, vpc_in(stack), internet_facing=True)

    (balancer,) = template("AWS::ElasticLoadBalancingV2::LoadBalancer")
    (group,) = template("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert balancer["Scheme"] == "internet-facing"
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in balancer["LoadBalancerAttributes"]
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (10, 4)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (2, 5)
    assert (group["HealthCheckPort"], group["HealthCheckPath"], group["Matcher"]) == (
        "8081",
        "/health",
        {"HttpCode": "200"},
    )
    assert template("AWS::ElasticLoadBalancingV2::Listener")[0]["Port"] == 3128


def test_a_group_of_at_most_one_can_still_be_replaced(stack, template):
    vpc = vpc_in(stack)
    group = ProxyGroup(
        stack,
        "Fleet",
        vpc=vpc,
        subnets=PUBLIC,
        launch_template=launch_template_in(stack, vpc),
        targets=load_balancer_in(stack, vpc).targets,
        minimum=1,
        desired=1,
        maximum=1,
        cpu_target_percent=40,
        grace_seconds=20,
    )

    (found,) = template("AWS::AutoScaling::AutoScalingGroup")
    assert (found["MinSize"], found["MaxSize"], found["HealthCheckGracePeriod"]) == ("1", "1", 20)
    update = group.node.find_child("ASG").cfn_options.update_policy.auto_scaling_rolling_update
    assert (update.min_instances_in_service, update.pause_time) == (0, "PT20S")
    assert template("AWS::AutoScaling::ScalingPolicy")[0]["TargetTrackingConfiguration"]["TargetValue"] == 40
