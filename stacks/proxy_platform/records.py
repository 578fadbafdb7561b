"""The records stack: names of one region's load balancer and functions, in the zone that all regions share."""

from collections.abc import Sequence

import jsii
from aws_cdk import CfnOutput, CfnResource, Duration
from aws_cdk import aws_route53 as route53
from constructs import Construct

from config.models import Dns, NameCheck, NameCheckKind, Records, Routing
from config.models.dns import full_name, function_label
from constructs_lib.monitoring import AlarmCheck, Severity, described
from contract import outputs, parameters
from contract.components import Function, Stack
from stacks.proxy_platform.base import Deployment, PlatformStack

ELSEWHERE = "known-in-another-region"
"""Stands for the id of a zone that the first region makes, where that is another one."""


@jsii.implements(route53.IAliasRecordTarget)
class LoadBalancerAlias:
    """Alias of a load balancer of which only two attributes are known; the CDK's own needs the construct."""

    def __init__(self, *, dns_name: str, zone_id: str) -> None:
        self._dns_name = dns_name
        self._zone_id = zone_id

    def bind(
        self, _record: route53.IRecordSet, _zone: route53.IHostedZone | None = None
    ) -> route53.AliasRecordTargetConfig:
        """Return where the alias leads, and that it counts as unhealthy while no instance there is healthy."""
        return route53.AliasRecordTargetConfig(
            dns_name=f"dualstack.{self._dns_name}", hosted_zone_id=self._zone_id, evaluate_target_health=True
        )


class RecordsStack(PlatformStack):
    """Alias records of a region's load balancer, what tells Route 53 whether it works, and names of the functions.

    :param listener_ports: TCP ports of the load balancer; a check from outside connects to the first.
    :param runbooks: address below which the pages on alarms stand.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        records: Records,
        dns: Dns,
        listener_ports: Sequence[int],
        runbooks: str,
    ) -> None:
        super().__init__(scope, Stack.RECORDS, deployment=deployment, description="Names of the proxy platform")
        self._zone = self._zone_of(dns)
        self._runbooks = runbooks
        names = {subdomain: full_name(subdomain, dns.zone_name) for subdomain in records.subdomains}
        # The only record of its name is the answer whether what it leads to is healthy or not.
        health_check = None if records.routing is Routing.SIMPLE else self._health_check(records.health, listener_ports)
        for subdomain, name in names.items():
            self._alias(subdomain.capitalize(), name, records, health_check)
        if records.function_names:
            self._name_functions(dns.zone_name, records.ttl_seconds)
        CfnOutput(self, outputs.PROXY_DOMAIN_NAME, value=names[records.subdomains[0]])

    def _zone_of(self, dns: Dns) -> route53.IHostedZone:
        zone_id = dns.existing_zone_id or (self.read(parameters.HOSTED_ZONE_ID) if self.names.is_home else ELSEWHERE)
        return route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=zone_id, zone_name=dns.zone_name
        )

    def _find_zone(self, record: route53.RecordSet) -> None:
        """Have a record find its zone by name where the first region, which knows the id, is another one.

        An output of that region would tell, too. But the zone of a record cannot change in place, and CloudFormation
        plans to replace whatever has an output there (ADR 22).
        """
        resource = record.node.default_child
        if self._zone.hosted_zone_id == ELSEWHERE and isinstance(resource, CfnResource):
            resource.add_property_deletion_override("HostedZoneId")
            resource.add_property_override("HostedZoneName", f"{self._zone.zone_name}.")

    def _alias(self, construct_id: str, name: str, records: Records, health_check: route53.IHealthCheck | None) -> None:
        region = self.names.region
        record = route53.ARecord(
            self,
            construct_id,
            zone=self._zone,
            record_name=f"{name}.",
            target=route53.RecordTarget.from_alias(
                LoadBalancerAlias(
                    dns_name=self.read(parameters.LOAD_BALANCER_DNS_NAME),
                    zone_id=self.read(parameters.LOAD_BALANCER_ZONE_ID),
                )
            ),
            set_identifier=None if records.routing is Routing.SIMPLE else region,
            weight=records.weight(region) if records.routing is Routing.WEIGHTED else None,
            failover=self._failover(records) if records.routing is Routing.FAILOVER else None,
            health_check=health_check,
        )
        self._find_zone(record)

    def _failover(self, records: Records) -> route53.Failover:
        primary = records.primary_region
        is_primary = self.names.is_home if primary is None else self.names.region == primary
        return route53.Failover.PRIMARY if is_primary else route53.Failover.SECONDARY

    def _health_check(self, health: NameCheck, listener_ports: Sequence[int]) -> route53.IHealthCheck | None:
        match health.kind:
            case NameCheckKind.ALARM:
                return AlarmCheck(
                    self,
                    "AlarmCheck",
                    alarm_name=self.names.resource("region-health"),
                    description=described(
                        Severity.HIGH, "Route 53 sends people to other regions", self._runbooks, "no-healthy-instances"
                    ),
                    load_balancer=self.read(parameters.LOAD_BALANCER_FULL_NAME),
                    target_group=self.read(parameters.TARGET_GROUP_FULL_NAME),
                    minutes=health.failure_threshold,
                ).health_check
            case NameCheckKind.ENDPOINT:
                return route53.HealthCheck(
                    self,
                    "EndpointCheck",
                    type=route53.HealthCheckType.TCP,
                    fqdn=self.read(parameters.LOAD_BALANCER_DNS_NAME),
                    port=listener_ports[0],
                    request_interval=Duration.seconds(health.interval_seconds),
                    failure_threshold=health.failure_threshold,
                )
            case NameCheckKind.TARGETS:
                return None

    def _name_functions(self, zone_name: str, ttl_seconds: int) -> None:
        for function in Function:
            record = route53.TxtRecord(
                self,
                f"{function.pascal}Url",
                zone=self._zone,
                record_name=f"{function_label(function, self.names.region)}.{zone_name}.",
                values=[self.read(parameters.function_url(function))],
                ttl=Duration.seconds(ttl_seconds),
            )
            self._find_zone(record)
