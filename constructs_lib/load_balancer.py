"""The load balancer before the proxy's instances: its listeners, the groups of its targets, and when these are ill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib.monitoring import balancer_metric
from constructs_lib.policy.findings import HIPAA, NIST, acknowledge, in_standards
from contract import metrics

GROUPS: Mapping[elb.Protocol, tuple[str, elb.Protocol]] = {
    elb.Protocol.TCP: ("Targets", elb.Protocol.TCP),
    elb.Protocol.TLS: ("Targets", elb.Protocol.TCP),
    elb.Protocol.TCP_UDP: ("TargetsTcpUdp", elb.Protocol.TCP_UDP),
    elb.Protocol.UDP: ("TargetsUdp", elb.Protocol.UDP),
}
"""By a listener's protocol, construct id and protocol of its target group; TLS ends at the load balancer.

Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
"""

USUAL_PORT = 8080
"""Port of the listener whose construct id names no port, so that it goes on being the one that stands already."""


@dataclass(frozen=True)
class Door:
    """A port on which a load balancer listens."""

    port: int
    protocol: elb.Protocol


@dataclass(frozen=True)
class TargetCheck:
    """How a load balancer finds out whether a target works.

    :param port: TCP port that is asked.
    :param path: URL path that answers 200 when the target works.
    :param interval_seconds: time between two checks, in seconds.
    :param timeout_seconds: time, in seconds, after which a check has failed.
    :param healthy_threshold: passed checks in a row that make a target healthy.
    :param unhealthy_threshold: failed checks in a row that make it unhealthy.
    """

    port: int
    path: str
    interval_seconds: int
    timeout_seconds: int
    healthy_threshold: int
    unhealthy_threshold: int


class ProxyLoadBalancer(Construct):
    """A network load balancer with its listeners, and the groups of its targets.

    A target group gets no name of ours: another port or protocol makes another group, which has to stand beside the old
    one until the listeners have changed.

    Two things AWS refuses, and CloudFormation makes what is new before it removes what is old: a target group that
    serves two load balancers, and another subnet of a zone in which a load balancer stands already. So one of another
    scheme, or in subnets of another kind, needs another construct id, which gives it listeners and targets of its own.
    Sources: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html and
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html

    :param doors: where it listens; at least one of them speaks TCP in some form.
    :param certificate_arn: certificate of the doors that speak TLS.
    :param target_port: port of the proxy on an instance.
    :param cross_zone: whether each of its addresses uses the targets of all zones.
    :param deregistration_delay_seconds: time, in seconds, that connections have when their instance leaves.
    :param access_logs_bucket: where access logs of TLS connections go, below `access-logs/load-balancer/`.
    :ivar targets: the group that the proxy's connections go to.
    :ivar all_targets: every group.
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
        doors: Sequence[Door],
        certificate_arn: str | None,
        target_port: int,
        check: TargetCheck,
        cross_zone: bool,
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
            cross_zone_enabled=cross_zone,
            deletion_protection=deletion_protection,
        )
        if not deletion_protection:
            acknowledge(
                self.balancer,
                *in_standards("ELBDeletionProtectionEnabled", NIST, HIPAA),
                reason="configuration asks for none, which it may only where nobody depends on the environment",
            )
        # AWS writes them for TLS listeners only. What the proxy did stands in its statistics, who connected in the flow
        # logs.
        self.balancer.log_access_logs(access_logs_bucket, "access-logs/load-balancer")
        used = {GROUPS[door.protocol] for door in doors}
        groups = {
            construct_id: self._group(construct_id, protocol, vpc, target_port, check, deregistration_delay_seconds)
            for construct_id, protocol in dict.fromkeys(GROUPS.values())
            if (construct_id, protocol) in used
        }
        self.all_targets = list(groups.values())
        self.targets = self.all_targets[0]
        for door in doors:
            self._listen(door, groups[GROUPS[door.protocol][0]], certificate_arn)

    def _group(
        self, construct_id: str, protocol: elb.Protocol, vpc: ec2.IVpc, port: int, check: TargetCheck, delay: int
    ) -> elb.NetworkTargetGroup:
        group = elb.NetworkTargetGroup(
            self,
            construct_id,
            vpc=vpc,
            port=port,
            protocol=protocol,
            target_type=elb.TargetType.INSTANCE,
            # The proxy tells its clients apart, and lets them in, by their own addresses.
            preserve_client_ip=True,
            deregistration_delay=Duration.seconds(delay),
            health_check=elb.HealthCheck(
                protocol=elb.Protocol.HTTP,
                port=str(check.port),
                path=check.path,
                healthy_http_codes="200",
                interval=Duration.seconds(check.interval_seconds),
                timeout=Duration.seconds(check.timeout_seconds),
                healthy_threshold_count=check.healthy_threshold,
                unhealthy_threshold_count=check.unhealthy_threshold,
            ),
        )
        # Live connections must not be cut when a check flaps; they end by themselves or with their instance.
        group.set_attribute("target_health_state.unhealthy.connection_termination.enabled", "false")
        return group

    def _listen(self, door: Door, group: elb.NetworkTargetGroup, certificate_arn: str | None) -> None:
        # By its port, not by its place: else the second of two, once the first goes, would take the first one's place
        # and ask for a port on which its own old self still listens.
        construct_id = f"Listener{'' if door.port == USUAL_PORT else door.port}"
        is_tls = door.protocol is elb.Protocol.TLS
        certificates = (
            [acm.Certificate.from_certificate_arn(self, f"{construct_id}Certificate", certificate_arn)]
            if is_tls and certificate_arn
            else None
        )
        listener = self.balancer.add_listener(
            construct_id,
            port=door.port,
            protocol=door.protocol,
            certificates=certificates,
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS if is_tls else None,
            default_target_groups=[group],
        )
        if not is_tls:
            acknowledge(
                listener,
                *in_standards("ELBv2ACMCertificateRequired"),
                reason="what passes is encrypted between the client and the page's server or proxy, as with any "
                "proxy; a listener with a certificate is a setting",
            )

    def unhealthy(self) -> cloudwatch.Metric:
        """Return the number of targets that fail their health check, per minute."""
        return balancer_metric(
            metrics.UNHEALTHY_TARGETS,
            self.balancer.load_balancer_full_name,
            target_group=self.targets.target_group_full_name,
            statistic="Maximum",
        )
