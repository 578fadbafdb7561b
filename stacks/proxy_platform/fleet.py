"""The fleet stack: the load balancer and the group of proxy instances, and the settings that these boot with."""

import hashlib

from aws_cdk import CfnOutput
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from config.models import Fleet, Protocol, Proxy, Rollout, Scaling, Scheme
from constructs_lib.fleet import ProxyGroup, ProxyLaunchTemplate, RolloutAlarm, mixed_instances, rollout_policy
from constructs_lib.load_balancer import Door, ProxyLoadBalancer, TargetCheck
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.monitoring import Severity, described, group_metric
from constructs_lib.user_data import boot_script
from contract import metrics, outputs, parameters
from contract.components import Stack
from contract.proxy_settings import ProxySettings
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.network import INSTANCE, LOAD_BALANCER, NetworkStack, Place

PROTOCOLS = {
    Protocol.TCP: elb.Protocol.TCP,
    Protocol.TLS: elb.Protocol.TLS,
    Protocol.UDP: elb.Protocol.UDP,
    Protocol.TCP_UDP: elb.Protocol.TCP_UDP,
}


MOST_PENDING_MINUTES = 7
"""Of ten in a row. With a good image a batch of instances is pending for two or three of the eight that it takes; with
one that never serves nearly all the time."""


class FleetStack(PlatformStack):
    """Load balancer, launch template and Auto Scaling group.

    :param image: what instances start from.
    :param network: where all of it stands.
    :param runbooks: address below which the pages on alarms stand.
    :ivar load_balancer: the load balancer and its targets.
    :ivar group: the Auto Scaling group.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        fleet: Fleet,
        proxy: Proxy,
        image: ec2.IMachineImage,
        network: NetworkStack,
        instance_profile: iam.IInstanceProfile,
        access_logs_bucket: s3.IBucket,
        runbooks: str,
    ) -> None:
        super().__init__(scope, Stack.FLEET, deployment=deployment, description="Proxy instances and load balancer")
        settings = proxy_settings(proxy, environment=self.names.environment, version=deployment.version)
        settings_parameter = self.publish(
            "SettingsParameter", parameters.PROXY_SETTINGS, settings.to_json(), description="Settings of the proxy"
        )
        place = network.seen_by(self)
        self.load_balancer = self._load_balancer(fleet, proxy, place, access_logs_bucket)
        launch_template = self._launch_template(fleet, settings, image, place, instance_profile)
        self.group = self._group(fleet, place, launch_template, self._undo_on(fleet.rollout, runbooks))
        if fleet.minimum < fleet.maximum:  # Auto Scaling refuses to track a target with a number that cannot change
            self._scale(fleet.scaling, runbooks)
        logs = OwnedLogGroup(
            self,
            "InstanceLogs",
            log_group_name=self.names.instance_logs,
            retention_days=fleet.log_retention_days,
            destroy=deployment.destroy,
        )
        # A new instance reads the ones and writes the others when it boots, which must not be before they are there.
        self.group.node.add_dependency(settings_parameter, logs)
        self._publish()
        CfnOutput(self, outputs.LOAD_BALANCER_DNS_NAME, value=self.load_balancer.balancer.load_balancer_dns_name)
        CfnOutput(self, outputs.TARGET_GROUP_ARN, value=self.load_balancer.targets.target_group_arn)
        CfnOutput(self, outputs.AUTO_SCALING_GROUP_NAME, value=self.group.auto_scaling_group_name)

    def _publish(self) -> None:
        """Publish what instances, records and observability have to know; exports would forbid to replace it."""
        balancer, targets = self.load_balancer.balancer, self.load_balancer.targets
        published = {
            "GroupName": (parameters.AUTO_SCALING_GROUP_NAME, self.group.auto_scaling_group_name),
            "DnsName": (parameters.LOAD_BALANCER_DNS_NAME, balancer.load_balancer_dns_name),
            "ZoneId": (parameters.LOAD_BALANCER_ZONE_ID, balancer.load_balancer_canonical_hosted_zone_id),
            "FullName": (parameters.LOAD_BALANCER_FULL_NAME, balancer.load_balancer_full_name),
            "TargetsFullName": (parameters.TARGET_GROUP_FULL_NAME, targets.target_group_full_name),
        }
        for name, (path, value) in published.items():
            self.publish(f"{name}Parameter", path, value, description="Load balancer and group of the proxy")

    def _load_balancer(
        self,
        fleet: Fleet,
        proxy: Proxy,
        place: Place,
        access_logs_bucket: s3.IBucket,
    ) -> ProxyLoadBalancer:
        is_public = fleet.scheme is Scheme.INTERNET_FACING
        # Another one where neither it nor its targets could be changed: see ProxyLoadBalancer.
        kind = "OnInternet" if is_public else "InPublicSubnets" if place.instances_are_public else ""
        return ProxyLoadBalancer(
            self,
            f"LoadBalancer{kind}",
            vpc=place.vpc,
            subnets=place.public_subnets if is_public else place.instance_subnets,
            internet_facing=is_public,
            security_group=place.security_group(LOAD_BALANCER),
            doors=[Door(listener.port, PROTOCOLS[listener.protocol]) for listener in fleet.listeners],
            certificate_arn=fleet.certificate_arn,
            target_port=proxy.port,
            check=TargetCheck(
                port=proxy.health_port,
                path=fleet.health_check.path,
                interval_seconds=fleet.health_check.interval_seconds,
                timeout_seconds=fleet.health_check.timeout_seconds,
                healthy_threshold=fleet.health_check.healthy_threshold,
                unhealthy_threshold=fleet.health_check.unhealthy_threshold,
            ),
            cross_zone=fleet.cross_zone,
            deregistration_delay_seconds=fleet.deregistration_delay_seconds,
            deletion_protection=fleet.deletion_protection,
            access_logs_bucket=access_logs_bucket,
        )

    def _launch_template(
        self,
        fleet: Fleet,
        settings: ProxySettings,
        image: ec2.IMachineImage,
        place: Place,
        instance_profile: iam.IInstanceProfile,
    ) -> ProxyLaunchTemplate:
        return ProxyLaunchTemplate(
            self,
            "LaunchTemplate",
            name=self.names.resource("proxy"),
            machine_image=image,
            instance_type=fleet.instance_types[0],
            instance_profile=instance_profile,
            security_group=place.security_group(INSTANCE),
            public_address=place.instances_are_public,
            user_data=boot_script(
                parameter_prefix=self.names.parameter_prefix,
                group=self.names.resource("proxy"),
                digest=hashlib.sha256(settings.to_json().encode()).hexdigest()[:16],
            ),
            volume_gib=fleet.volume_gib,
        )

    def _undo_on(self, rollout: Rollout, runbooks: str) -> list[cloudwatch.IAlarm]:
        """Return the alarms that undo a replacement: ours, which is there in any case, and the operator's own."""
        unhealthy = RolloutAlarm(
            self,
            "RolloutAlarm",
            name=self.names.resource("rollout"),
            description=described(
                Severity.HIGH, "instances fail their health check, so that a rollout is undone", runbooks, "rollout"
            ),
            metric=self.load_balancer.unhealthy(),
            minutes=rollout.unhealthy_minutes,
            of_minutes=rollout.unhealthy_minutes + 2,
        )
        # Of a group that refers to the alarm, so that this cannot refer to the group.
        pending = group_metric(metrics.GROUP_PENDING, self.names.resource("proxy"), statistic="Maximum")
        never = RolloutAlarm(
            self,
            "RolloutStartAlarm",
            name=self.names.resource("rollout-start"),
            description=described(
                Severity.HIGH,
                "new instances do not come into service, so that a rollout is undone",
                runbooks,
                "rollout",
            ),
            metric=pending,
            minutes=MOST_PENDING_MINUTES,
            of_minutes=MOST_PENDING_MINUTES + 3,
        )
        others = [
            cloudwatch.Alarm.from_alarm_name(self, f"OwnAlarm{number}", name)
            for number, name in enumerate(rollout.alarms, start=1)
        ]
        return [unhealthy, never, *others] if rollout.undo_on_alarm else []

    def _group(
        self,
        fleet: Fleet,
        place: Place,
        launch_template: ProxyLaunchTemplate,
        undo_on: list[cloudwatch.IAlarm],
    ) -> ProxyGroup:
        return ProxyGroup(
            self,
            "Group",
            name=self.names.resource("proxy"),
            vpc=place.vpc,
            subnets=place.instance_subnets,
            launch_template=launch_template,
            mixed=mixed_instances(
                launch_template,
                fleet.instance_types,
                spot_percent=fleet.spot_percent,
                on_demand_base=fleet.on_demand_base,
            ),
            targets=self.load_balancer.all_targets,
            minimum=fleet.minimum,
            desired=fleet.desired,
            maximum=fleet.maximum,
            grace_seconds=fleet.health_check_grace_seconds,
            start_timeout_seconds=fleet.start_timeout_seconds,
            drain_timeout_seconds=fleet.drain_timeout_seconds,
            rollout=rollout_policy(
                minimum_healthy_percent=fleet.rollout.minimum_healthy_percent,
                maximum_healthy_percent=fleet.rollout.maximum_healthy_percent,
                bake_minutes=fleet.rollout.bake_minutes,
                undo_on=undo_on,
            ),
        )

    def _scale(self, scaling: Scaling, runbooks: str) -> None:
        self.group.follow_load(
            cpu_target_percent=scaling.cpu_target_percent,
            network_mib_per_second=scaling.network_mib_per_second,
            warmup_seconds=scaling.warmup_seconds,
        )
        if scaling.surge_cpu_percent is not None:
            summary = "the instances are so busy that many are added at once"
            self.group.grow_at_once(
                cpu_percent=scaling.surge_cpu_percent,
                warmup_seconds=scaling.warmup_seconds,
                alarm_name=self.names.resource("surge"),
                alarm_description=described(Severity.LOW, summary, runbooks, "surge"),
            )


def proxy_settings(proxy: Proxy, *, environment: str, version: str) -> ProxySettings:
    """Return what an instance is told: the configuration of the proxy, and where it runs."""
    return ProxySettings(
        environment=environment,
        version=version,
        default_mode=proxy.default_mode.value,
        engines=tuple(engine.value for engine in proxy.semantic_engines),
        proxy_port=proxy.port,
        health_port=proxy.health_port,
        admin_port=proxy.admin_port,
        processes=proxy.processes,
        memory_percent=proxy.memory_percent,
        drain_seconds=proxy.drain_seconds,
        function_timeout_seconds=proxy.function_timeout_seconds,
        fail_closed=proxy.fail_closed,
        max_page_bytes=proxy.max_page_bytes,
        cache_ttl_seconds=proxy.cache_ttl_seconds,
        statistics_interval_seconds=proxy.statistics_interval_seconds,
        allowed_client_networks=proxy.allowed_client_networks,
        authentication_required=proxy.authentication.required,
        authentication_failures_per_minute=proxy.authentication.failures_per_minute,
        client_requests_per_second=proxy.client_requests_per_second,
        allowed_destination_networks=proxy.allowed_destination_networks,
        allowed_destination_ports=proxy.allowed_destination_ports,
        allowed_destination_hosts=proxy.allowed_destination_hosts,
        blocked_destination_hosts=proxy.blocked_destination_hosts,
    )
