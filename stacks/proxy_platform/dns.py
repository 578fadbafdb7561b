"""The dns stack: the hosted zone of the proxy's name, once for all regions."""

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_route53 as route53
from constructs import Construct

from config.models import Dns, ZoneVisibility
from constructs_lib.removal import removal_policy
from contract import outputs, parameters
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.network import NetworkStack


class DnsStack(PlatformStack):
    """A hosted zone, new or existing.

    :param network: the network that a private zone answers.
    :ivar zone: the zone.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment, dns: Dns, network: NetworkStack) -> None:
        super().__init__(scope, Stack.DNS, deployment=deployment, description="Hosted zone of the proxy platform")
        self.zone = self._zone(dns, network)
        if dns.existing_zone_id is None:
            zone_id = self.zone.hosted_zone_id
            self.publish("ZoneIdParameter", parameters.HOSTED_ZONE_ID, zone_id, description="Zone of the proxy")
        CfnOutput(self, outputs.HOSTED_ZONE_ID, value=self.zone.hosted_zone_id)

    def _zone(self, dns: Dns, network: NetworkStack) -> route53.IHostedZone:
        if dns.existing_zone_id is not None:
            self.stand_for_others()
            return route53.HostedZone.from_hosted_zone_attributes(
                self, "Zone", hosted_zone_id=dns.existing_zone_id, zone_name=dns.zone_name
            )
        zone: route53.IHostedZone
        if dns.visibility is ZoneVisibility.PRIVATE:
            zone = route53.PrivateHostedZone(self, "Zone", zone_name=dns.zone_name, vpc=network.seen_by(self).vpc)
        else:
            # By another id: a private zone becomes no public one, so that changing the setting makes the other zone.
            zone = route53.PublicHostedZone(self, "PublicZone", zone_name=dns.zone_name)
            # Only here: a private zone has none, and those of an existing one are known to whoever made it.
            CfnOutput(self, outputs.NAME_SERVERS, value=Fn.join(",", zone.hosted_zone_name_servers or []))
        # A zone that is made anew has other name servers, and whoever delegates to it would ask the old ones.
        zone.apply_removal_policy(removal_policy(destroy=self.deployment.destroy))
        return zone
