"""The records stack: the proxy's name in the hosted zone."""

import jsii
from aws_cdk import CfnOutput
from aws_cdk import aws_route53 as route53
from constructs import Construct

from config.models import Records
from contract import outputs, parameters
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack


@jsii.implements(route53.IAliasRecordTarget)
class LoadBalancerAlias:
    """Alias of a load balancer of which only two attributes are known; the CDK's own needs the construct."""

    def __init__(self, *, dns_name: str, zone_id: str) -> None:
        self._dns_name = dns_name
        self._zone_id = zone_id

    def bind(
        self, _record: route53.IRecordSet, _zone: route53.IHostedZone | None = None
    ) -> route53.AliasRecordTargetConfig:
        """Return where the alias leads."""
        return route53.AliasRecordTargetConfig(dns_name=f"dualstack.{self._dns_name}", hosted_zone_id=self._zone_id)


class RecordsStack(PlatformStack):
    """Alias record of the load balancer."""

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        records: Records,
        zone: route53.IHostedZone,
    ) -> None:
        super().__init__(scope, Stack.RECORDS, deployment=deployment, description="Names of the proxy platform")
        route53.ARecord(
            self,
            "Proxy",
            zone=zone,
            record_name=records.proxy_subdomain,
            target=route53.RecordTarget.from_alias(
                LoadBalancerAlias(
                    dns_name=self.read(parameters.LOAD_BALANCER_DNS_NAME),
                    zone_id=self.read(parameters.LOAD_BALANCER_ZONE_ID),
                )
            ),
        )
        CfnOutput(self, outputs.PROXY_DOMAIN_NAME, value=f"{records.proxy_subdomain}.{zone.zone_name}")
