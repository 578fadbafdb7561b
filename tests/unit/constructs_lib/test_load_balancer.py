"""The load balancer, with each kind of listener, and its targets."""

from __future__ import annotations

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from constructs_lib.load_balancer import Door, ProxyLoadBalancer, TargetCheck

PUBLIC = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
TCP = Door(3128, elb.Protocol.TCP)


def vpc_in(stack):
    return ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, restrict_default_security_group=False)


def load_balancer_in(stack, vpc, *, internet_facing=False, doors=(TCP,), certificate_arn=None):
    return ProxyLoadBalancer(
        stack,
        "LoadBalancer",
        vpc=vpc,
        subnets=PUBLIC,
        internet_facing=internet_facing,
        security_group=ec2.SecurityGroup(stack, "BalancerGroup", vpc=vpc),
        doors=doors,
        certificate_arn=certificate_arn,
        target_port=8080,
        check=TargetCheck(
            port=8081,
            path="/health",
            interval_seconds=10,
            timeout_seconds=4,
            healthy_threshold=2,
            unhealthy_threshold=5,
        ),
        cross_zone=True,
        deregistration_delay_seconds=60,
        deletion_protection=True,
        access_logs_bucket=s3.Bucket(stack, "AccessLogs"),
    )


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


def test_the_group_of_tcp_comes_first(stack, template):
    doors = [Door(53, elb.Protocol.UDP), Door(443, elb.Protocol.TLS), Door(54, elb.Protocol.TCP_UDP)]
    made = load_balancer_in(stack, vpc_in(stack), doors=doors, certificate_arn=CERTIFICATE)

    protocols = {entry["Protocol"] for entry in template("AWS::ElasticLoadBalancingV2::TargetGroup")}
    listeners = {entry["Port"]: entry for entry in template("AWS::ElasticLoadBalancingV2::Listener")}
    assert protocols == {"TCP", "UDP", "TCP_UDP"}
    assert made.targets is made.all_targets[0] is made.node.find_child("Targets")
    assert [port for port, entry in listeners.items() if "Certificates" in entry] == [443]


def listeners_of(doors):
    """Return the logical id of each port's listener, as a stack of its own has it."""
    stack = Stack(App(), "Stack", env=Environment(account="123456789012", region="us-east-1"))
    load_balancer_in(stack, vpc_in(stack), doors=doors)
    found = Template.from_stack(stack).find_resources("AWS::ElasticLoadBalancingV2::Listener")
    return {entry["Properties"]["Port"]: name for name, entry in found.items()}


def test_a_listener_stays_the_same_whatever_becomes_of_the_others():
    first, second, third = (Door(port, elb.Protocol.TCP) for port in (8080, 3128, 8443))
    before = listeners_of([first, second, third])

    assert listeners_of([third, first, second]) == before
    assert listeners_of([second, third]) == {port: before[port] for port in (3128, 8443)}
    assert len(set(before.values())) == 3


def test_what_is_watched_is_of_this_group(stack):
    made = load_balancer_in(stack, vpc_in(stack))

    metric = made.unhealthy()
    assert (metric.namespace, metric.metric_name, metric.statistic) == (
        "AWS/NetworkELB",
        "UnHealthyHostCount",
        "Maximum",
    )
    assert set(metric.dimensions) == {"LoadBalancer", "TargetGroup"}
