"""The proxy's instances: how one is launched, how many there are, how they are replaced, and what undoes that."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Duration, Tags
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.monitoring import group_metric
from constructs_lib.policy.findings import HIPAA, NIST, acknowledge, in_standards
from contract import metrics
from contract.lifecycle import DRAINING_HOOK, LAUNCHING_HOOK

ROOT_DEVICE = "/dev/sda1"
MIB = 1024 * 1024
MONITORING_SECONDS = 60
"""Period of an instance's metrics with detailed monitoring, which the launch template asks for."""


class ProxyLaunchTemplate(ec2.LaunchTemplate):
    """How an instance starts: its metadata needs a token, its disk is encrypted, and it has no key to log in with.

    :param name: what instances and disks are called in their `Name` tag.
    :param machine_image: what it starts from; a new one is a new version of this template.
    :param user_data: script that the instance runs when it first boots.
    :param volume_gib: size of the root volume, in GiB.
    :param public_address: whether it gets an address on the internet, whatever its subnet says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        machine_image: ec2.IMachineImage,
        instance_type: str,
        instance_profile: iam.IInstanceProfile,
        security_group: ec2.ISecurityGroup,
        public_address: bool,
        user_data: str,
        volume_gib: int,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            machine_image=machine_image,
            instance_type=ec2.InstanceType(instance_type),
            instance_profile=instance_profile,
            security_group=security_group,
            associate_public_ip_address=public_address or None,
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


def mixed_instances(
    launch_template: ec2.ILaunchTemplate, types: Sequence[str], *, spot_percent: int, on_demand_base: int
) -> autoscaling.MixedInstancesPolicy | None:
    """Return how a group mixes instances; none where all are of one type and none is a spot instance.

    :param types: instance types, the preferred one first.
    :param spot_percent: share of spot instances above the base, in percent.
    :param on_demand_base: number of instances that are never spot instances.
    """
    if len(types) == 1 and not spot_percent:
        return None
    return autoscaling.MixedInstancesPolicy(
        launch_template=launch_template,
        launch_template_overrides=[
            autoscaling.LaunchTemplateOverrides(instance_type=ec2.InstanceType(name)) for name in types
        ],
        instances_distribution=autoscaling.InstancesDistribution(
            on_demand_allocation_strategy=autoscaling.OnDemandAllocationStrategy.PRIORITIZED,
            on_demand_base_capacity=on_demand_base,
            on_demand_percentage_above_base_capacity=100 - spot_percent,
            spot_allocation_strategy=autoscaling.SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED,
        ),
    )


def rollout_policy(
    *,
    minimum_healthy_percent: int,
    maximum_healthy_percent: int,
    bake_minutes: int,
    undo_on: Sequence[cloudwatch.IAlarm],
) -> autoscaling.UpdatePolicy:
    """Return how a changed group replaces its instances: by an instance refresh, which alarms undo.

    It waits neither for an instance that someone protected from scaling in nor for one that someone has on standby: a
    deployment that waits an hour for a person helps nobody.

    :param minimum_healthy_percent: share of the instances that serves all the time, in percent.
    :param maximum_healthy_percent: share that may run at the same time, in percent.
    :param bake_minutes: time, in minutes, that the alarms are watched after the last replacement.
    :param undo_on: alarms that end the replacement, so that CloudFormation brings the old instances back.
    """
    return autoscaling.UpdatePolicy.instance_refresh(
        strategy=autoscaling.InstanceRefreshStrategy.ROLLING,
        min_healthy_percentage=minimum_healthy_percent,
        max_healthy_percentage=maximum_healthy_percent,
        bake_time=Duration.minutes(bake_minutes),
        alarms=undo_on or None,
        scale_in_protected_instances=autoscaling.ScaleInProtectedInstances.REFRESH,
        standby_instances=autoscaling.StandbyInstances.IGNORE,
    )


class RolloutAlarm(cloudwatch.Alarm):
    """Rings when new instances do not come to anything for longer than an instance takes to start.

    An instance that never comes into service is pending until it gives itself up or its group does; then the next one
    is, so that nearly every minute has one, while a rollout that goes well has pauses of its grace period.

    One that stops serving is unhealthy from its first failed checks to the end of its grace period; then it is
    replaced. With checks every 30 s, of which three have to fail, and 300 s of grace these are 300 - 3 * 30 = 210 s in
    a row, so three minutes in a row are certain and five would never be.

    :param name: physical name.
    :param metric: number of such instances, per minute.
    :param minutes: bad minutes that make it ring.
    :param of_minutes: among how many.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        description: str,
        metric: cloudwatch.IMetric,
        minutes: int,
        of_minutes: int,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            alarm_name=name,
            alarm_description=description,
            metric=metric,
            threshold=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=of_minutes,
            datapoints_to_alarm=minutes,
            # Without any target there is no metric, and no target that could be unhealthy.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        acknowledge(
            self,
            *in_standards("CloudWatchAlarmAction", NIST, HIPAA),
            reason="the instance refresh acts on it; people are told by the alarm of the observability stack",
        )


class ProxyGroup(autoscaling.AutoScalingGroup):
    """Instances over all zones, that are replaced a few at a time and drain before they end.

    A new instance comes into service, and to its targets, when it has said that it serves; one that does not say so is
    given up. It counts when its load balancer has found it healthy at the end of the grace period, so the group has no
    default warm-up: an instance refresh would wait for that instead.

    :param name: physical name, which the instances' role names, too.
    :param launch_template: how an instance starts.
    :param mixed: what types and markets instances are of; none for what the launch template says.
    :param targets: the load balancer's groups that they serve.
    :param minimum: least number of instances, and the one to start with.
    :param desired: number after each change of the group; none to leave it to scaling.
    :param maximum: greatest number of instances.
    :param grace_seconds: time, in seconds, before the load balancer's checks of a new instance count.
    :param start_timeout_seconds: time, in seconds, that an instance that starts may go without a heartbeat.
    :param drain_timeout_seconds: time, in seconds, that an instance that drains may go without a heartbeat.
    :param rollout: how instances are replaced.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        vpc: ec2.IVpc,
        subnets: ec2.SubnetSelection,
        launch_template: ec2.ILaunchTemplate,
        mixed: autoscaling.MixedInstancesPolicy | None,
        targets: Sequence[elb.INetworkTargetGroup],
        minimum: int,
        desired: int | None,
        maximum: int,
        grace_seconds: int,
        start_timeout_seconds: int,
        drain_timeout_seconds: int,
        rollout: autoscaling.UpdatePolicy,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            auto_scaling_group_name=name,
            vpc=vpc,
            vpc_subnets=subnets,
            launch_template=None if mixed else launch_template,
            mixed_instances_policy=mixed,
            capacity_rebalance=True if mixed else None,
            min_capacity=minimum,
            desired_capacity=desired,
            max_capacity=maximum,
            health_checks=autoscaling.HealthChecks.with_additional_checks(
                additional_types=[autoscaling.AdditionalHealthCheckType.ELB],
                grace_period=Duration.seconds(grace_seconds),
            ),
            update_policy=rollout,
            group_metrics=[autoscaling.GroupMetrics.all()],
        )
        for group in targets:
            self.attach_to_network_target_group(group)
        self._start(start_timeout_seconds)
        self._drain(drain_timeout_seconds)
        self._accept(is_mixed=mixed is not None, is_sized=desired is not None)

    def _start(self, timeout_seconds: int) -> None:
        # Not a resource of its own, which would come after the group and so after its first instances.
        group = cast(autoscaling.CfnAutoScalingGroup, self.node.default_child)
        group.lifecycle_hook_specification_list = [
            autoscaling.CfnAutoScalingGroup.LifecycleHookSpecificationProperty(
                lifecycle_hook_name=LAUNCHING_HOOK,
                lifecycle_transition="autoscaling:EC2_INSTANCE_LAUNCHING",
                heartbeat_timeout=timeout_seconds,
                default_result="ABANDON",
            )
        ]

    def _drain(self, timeout_seconds: int) -> None:
        # Without a word of the instance, which may have crashed, it goes all the same.
        self.add_lifecycle_hook(
            "Drain",
            lifecycle_hook_name=DRAINING_HOOK,
            lifecycle_transition=autoscaling.LifecycleTransition.INSTANCE_TERMINATING,
            heartbeat_timeout=Duration.seconds(timeout_seconds),
            default_result=autoscaling.DefaultResult.CONTINUE,
        )

    def _accept(self, *, is_mixed: bool, is_sized: bool) -> None:
        if is_mixed:
            acknowledge(
                self,
                "AwsSolutions-EC26",
                *in_standards("EC2IMDSv2Enabled", NIST, HIPAA),
                reason="the rules cannot read a mixed instances policy; its launch template encrypts the disk, and "
                "metadata wants a token",
            )
        if is_sized:
            acknowledge(
                self,
                "Annotation::@aws-cdk/aws-autoscaling:desiredCapacitySet",
                reason="the operator asked for this number, knowing that scaling goes on from there",
            )
        acknowledge(
            self,
            "AwsSolutions-AS3",
            reason="the group keeps its own history of launches; what a person has to hear of, unhealthy targets, "
            "is an alarm",
        )

    def follow_load(
        self, *, cpu_target_percent: int, network_mib_per_second: float | None, warmup_seconds: int
    ) -> None:
        """Let the number of instances follow their load, up and down.

        Of several targets the one that needs most instances counts, and instances go only when all targets agree.
        Source: https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html

        :param cpu_target_percent: mean CPU use, in percent, to aim at.
        :param network_mib_per_second: mean traffic out of an instance, in MiB per second, to aim at; none for any.
        :param warmup_seconds: time, in seconds, until a new instance counts.
        """
        warmup = Duration.seconds(warmup_seconds)
        self.scale_on_cpu_utilization(
            "Cpu", target_utilization_percent=cpu_target_percent, estimated_instance_warmup=warmup
        )
        if network_mib_per_second is not None:
            self.scale_on_outgoing_bytes(
                "Network",
                # Despite its name: the metric counts the bytes of a period, and detailed monitoring's is a minute.
                # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
                target_bytes_per_second=round(network_mib_per_second * MIB * MONITORING_SECONDS),
                estimated_instance_warmup=warmup,
            )

    def grow_at_once(self, *, cpu_percent: int, warmup_seconds: int, alarm_name: str, alarm_description: str) -> None:
        """Add half as many instances at a CPU use, and as many again half-way from there to 100 percent.

        Target tracking needs three minutes above its target and grows in proportion to the last of them; a surge of
        people has no time for that.

        :param cpu_percent: mean CPU use of two minutes.
        :param warmup_seconds: time, in seconds, until a new instance counts.
        :param alarm_name: physical name of the alarm that does it.
        """
        action = autoscaling.StepScalingAction(
            self,
            "Surge",
            auto_scaling_group=self,
            adjustment_type=autoscaling.AdjustmentType.PERCENT_CHANGE_IN_CAPACITY,
            min_adjustment_magnitude=1,
            metric_aggregation_type=autoscaling.MetricAggregationType.AVERAGE,
            estimated_instance_warmup=Duration.seconds(warmup_seconds),
        )
        middle = (100 - cpu_percent) / 2
        if middle:
            action.add_adjustment(adjustment=50, lower_bound=0, upper_bound=middle)
        action.add_adjustment(adjustment=100, lower_bound=middle)
        alarm = cloudwatch.Alarm(
            self,
            "SurgeAlarm",
            alarm_name=alarm_name,
            alarm_description=alarm_description,
            metric=group_metric(metrics.GROUP_CPU, self.auto_scaling_group_name, statistic="Average"),
            threshold=cpu_percent,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=2,
            # Without any instance there is no metric, and none that could be busy.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.AutoScalingAction(action))
