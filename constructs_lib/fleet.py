"""The proxy's instances: how one is launched, how many there are, and the load balancer before them."""

from aws_cdk import Duration, Tags
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.policy.findings import acknowledge

ROOT_DEVICE = "/dev/sda1"


class ProxyLaunchTemplate(ec2.LaunchTemplate):
    """How an instance starts: its metadata needs a token, its disk is encrypted, and it has no key to log in with.

    :param name: what instances and disks are called in their `Name` tag.
    :param image_parameter: SSM parameter with the AMI id, read when the stack is deployed, so that a new image is a
        new version of this template.
    :param user_data: script that the instance runs when it first boots.
    :param volume_gib: size of the root volume, in GiB.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        image_parameter: str,
        instance_type: str,
        instance_profile: iam.IInstanceProfile,
        security_group: ec2.ISecurityGroup,
        user_data: str,
        volume_gib: int,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            machine_image=ec2.MachineImage.from_ssm_parameter(image_parameter, os=ec2.OperatingSystemType.LINUX),
            instance_type=ec2.InstanceType(instance_type),
            instance_profile=instance_profile,
            security_group=security_group,
            user_data=ec2.UserData.custom(user_data),
            http_tokens=ec2.LaunchTemplateHttpTokens.REQUIRED,
            http_put_response_hop_limit=1,
            detailed_monitoring=True,
            block_devices=[
                ec2.BlockDevice(
                    device_name=ROOT_DEVICE,
                    volume=ec2.BlockDeviceVolume.ebs(
                        volume_gib, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3, delete_on_termination=True
                    ),
                )
            ],
        )
        Tags.of(self).add("Name", name)


class ProxyLoadBalancer(Construct):
    """A network load balancer with one TCP listener, and the group of its targets.

    :param port: TCP port of the listener.
    :param target_port: TCP port of the proxy on an instance.
    :param health_port: TCP port that the health check asks.
    :param health_path: URL path that answers 200 when the instance works.
    :param interval_seconds: time between two checks, in seconds.
    :param timeout_seconds: time, in seconds, after which a check has failed.
    :param deregistration_delay_seconds: time, in seconds, that connections have when their instance leaves.
    :param access_logs_bucket: where access logs of TLS connections go, below `access-logs/load-balancer/`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        internet_facing: bool,
        security_group: ec2.ISecurityGroup,
        port: int,
        target_port: int,
        health_port: int,
        health_path: str,
        interval_seconds: int,
        timeout_seconds: int,
        healthy_threshold: int,
        unhealthy_threshold: int,
        deregistration_delay_seconds: int,
        deletion_protection: bool,
        access_logs_bucket: s3.IBucket,
    ) -> None:
        super().__init__(scope, construct_id)
        self.balancer = elb.NetworkLoadBalancer(
            self,
            "Balancer",
            vpc=vpc,
            vpc_subnets=subnets,
            internet_facing=internet_facing,
            security_groups=[security_group],
            cross_zone_enabled=True,
            deletion_protection=deletion_protection,
        )
        # AWS writes them for TLS listeners only, so with the TCP listener of today nothing comes. What the proxy did
        # stands in its statistics, who connected in the flow logs.
        self.balancer.log_access_logs(access_logs_bucket, "access-logs/load-balancer")
        self.targets = elb.NetworkTargetGroup(
            self,
            "Targets",
            vpc=vpc,
            port=target_port,
            protocol=elb.Protocol.TCP,
            target_type=elb.TargetType.INSTANCE,
            deregistration_delay=Duration.seconds(deregistration_delay_seconds),
            health_check=elb.HealthCheck(
                protocol=elb.Protocol.HTTP,
                port=str(health_port),
                path=health_path,
                healthy_http_codes="200",
                interval=Duration.seconds(interval_seconds),
                timeout=Duration.seconds(timeout_seconds),
                healthy_threshold_count=healthy_threshold,
                unhealthy_threshold_count=unhealthy_threshold,
            ),
        )
        # Live connections must not be cut when a check flaps; they end by themselves or with their instance.
        self.targets.set_attribute("target_health_state.unhealthy.connection_termination.enabled", "false")
        self.balancer.add_listener(
            "Listener", port=port, protocol=elb.Protocol.TCP, default_target_groups=[self.targets]
        )


class ProxyGroup(autoscaling.AutoScalingGroup):
    """Instances over all zones, in a number that follows their CPU use, replaced a few at a time when they change.

    :param minimum: least number of instances.
    :param desired: number after each change of the group.
    :param maximum: greatest number of instances.
    :param cpu_target_percent: mean CPU use, in percent, that scaling aims at.
    :param grace_seconds: time, in seconds, before the load balancer's checks of a new instance count.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        launch_template: ec2.ILaunchTemplate,
        targets: elb.INetworkTargetGroup,
        minimum: int,
        desired: int,
        maximum: int,
        cpu_target_percent: int,
        grace_seconds: int,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            vpc=vpc,
            vpc_subnets=subnets,
            launch_template=launch_template,
            min_capacity=minimum,
            desired_capacity=desired,
            max_capacity=maximum,
            health_checks=autoscaling.HealthChecks.with_additional_checks(
                additional_types=[autoscaling.AdditionalHealthCheckType.ELB],
                grace_period=Duration.seconds(grace_seconds),
            ),
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                max_batch_size=1,
                min_instances_in_service=min(minimum, maximum - 1),
                pause_time=Duration.seconds(grace_seconds),
            ),
            group_metrics=[autoscaling.GroupMetrics.all()],
        )
        self.attach_to_network_target_group(targets)
        self.scale_on_cpu_utilization("Cpu", target_utilization_percent=cpu_target_percent)
        acknowledge(
            self,
            "Annotation::@aws-cdk/aws-autoscaling:desiredCapacitySet",
            reason="a changed group starts from the number that the operator configured; scaling goes on from there",
        )
        acknowledge(
            self,
            "AwsSolutions-AS3",
            reason="the group keeps its own history of launches; what a person has to hear of, unhealthy targets, "
            "is an alarm",
        )
