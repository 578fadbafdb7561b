"""The records stack: the proxy's name in the hosted zone."""

from aws_cdk import CfnOutput
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from config.models import Records
from contract import outputs
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack


class RecordsStack(PlatformStack):
    """Alias record of the load balancer."""

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        records: Records,
        zone: route53.IHostedZone,
        load_balancer: elb.INetworkLoadBalancer,
    ) -> None:
        super().__init__(scope, Stack.RECORDS, deployment=deployment, description="Names of the proxy platform")
        route53.ARecord(
            self,
            "Proxy",
            zone=zone,
            record_name=records.proxy_subdomain,
            target=route53.RecordTarget.from_alias(targets.LoadBalancerTarget(load_balancer)),
        )
        CfnOutput(self, outputs.PROXY_DOMAIN_NAME, value=f"{records.proxy_subdomain}.{zone.zone_name}")
