"""The network stack: a VPC of the platform's own or an existing one, and who may connect to whom in it."""

from aws_cdk import CfnOutput
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from config.models import Egress, ExistingNetwork, Fleet, NetworkSettings, Protocol, Proxy, Scheme
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.network import InterfaceEndpoints, OwnVpc, ProxySecurity, Site, existing_site
from constructs_lib.policy.findings import acknowledge
from contract import outputs
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack

EVERYBODY = ("0.0.0.0/0",)


class NetworkStack(PlatformStack):
    """VPC, subnets, endpoints and security groups.

    :ivar vpc: the VPC.
    :ivar instance_subnets: where instances stand.
    :ivar public_subnets: where an internet-facing load balancer stands.
    :ivar private_subnets: subnets without an address of the internet's; empty where the network has none.
    :ivar security: security groups of load balancer and instances.
    :ivar build_security_group: security group of the machine that builds the image.
    """

    def __init__(
        self, scope: Construct, *, deployment: Deployment, network: NetworkSettings, fleet: Fleet, proxy: Proxy
    ) -> None:
        super().__init__(scope, Stack.NETWORK, deployment=deployment, description="Network of the proxy platform")
        site = self._existing_site(network.existing) if network.existing else self._own_site(network)
        self.vpc = site.vpc
        self.public_subnets = ec2.SubnetSelection(subnets=site.public)
        self.private_subnets = ec2.SubnetSelection(subnets=site.private)
        self.instance_subnets = self.public_subnets if network.egress is Egress.PUBLIC else self.private_subnets
        clients = client_networks(fleet, proxy, site.cidr)
        self.security = ProxySecurity(
            self,
            "Security",
            vpc=self.vpc,
            client_networks=clients,
            client_ports=[port for listener in fleet.listeners for port in ports_of(listener.protocol, listener.port)],
            instance_ports=instance_ports(fleet, proxy),
            destination_ports=proxy.allowed_destination_ports,
        )
        if clients == EVERYBODY:
            acknowledge(
                self.security.load_balancer,
                "AwsSolutions-EC23",
                reason="the operator lets users sign in from everywhere and names no networks, and the proxy serves "
                "nobody who has not signed in",
            )
        self.build_security_group = self._build_security_group()
        if network.interface_endpoints:
            InterfaceEndpoints(
                self, "Endpoints", site=site, subnets=self.instance_subnets, services=network.interface_endpoints
            )
        CfnOutput(self, outputs.VPC_ID, value=self.vpc.vpc_id)

    def _own_site(self, network: NetworkSettings) -> Site:
        vpc = OwnVpc(
            self, "Vpc", cidr=network.cidr, zone_count=len(network.zones), nat_gateways=network.nat_gateway_count
        )
        if network.no_flow_logs_reason:
            vpc.leave_flows_unlogged(reason=network.no_flow_logs_reason)
            return vpc.site
        flow_logs = OwnedLogGroup(
            self,
            "FlowLogs",
            log_group_name=self.names.flow_logs,
            retention_days=network.flow_log_retention_days,
            destroy=self.deployment.destroy,
        )
        vpc.log_flows(flow_logs, role_name=self.names.role("flow-logs"), role_path=self.deployment.role_path)
        return vpc.site

    def _existing_site(self, existing: ExistingNetwork) -> Site:
        return existing_site(
            self,
            "Existing",
            vpc_id=existing.vpc_id,
            cidr=existing.cidr,
            public=existing.public_subnets,
            private=existing.private_subnets,
        )

    def _build_security_group(self) -> ec2.SecurityGroup:
        """Create the group of the build machine: it fetches packages, and nobody connects to it."""
        group = ec2.SecurityGroup(
            self, "ImageBuild", vpc=self.vpc, description="Machine that builds the image", allow_all_outbound=False
        )
        for port in (80, 443):
            group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "packages and AWS")
        return group


def ports_of(protocol: Protocol, port: int) -> list[ec2.Port]:
    """Return what a security group has to open for a listener: a port per transport."""
    tcp = [] if protocol is Protocol.UDP else [ec2.Port.tcp(port)]
    udp = [ec2.Port.udp(port)] if protocol in (Protocol.UDP, Protocol.TCP_UDP) else []
    return tcp + udp


def client_networks(fleet: Fleet, proxy: Proxy, own: str) -> tuple[str, ...]:
    """Return who may connect: whoever is named, else everyone who reaches the load balancer.

    On the internet that is everybody, which the configuration allows only where users have to sign in.

    :param own: address block of the network.
    """
    is_internal = fleet.scheme is Scheme.INTERNAL
    return proxy.allowed_client_networks or ((own,) if is_internal else EVERYBODY)


def instance_ports(fleet: Fleet, proxy: Proxy) -> list[ec2.Port]:
    """Return the ports of an instance: those of the proxy and of its health application."""
    uses_udp = any(listener.protocol in (Protocol.UDP, Protocol.TCP_UDP) for listener in fleet.listeners)
    ports = [ec2.Port.tcp(proxy.port), ec2.Port.tcp(proxy.health_port)]
    return [*ports, ec2.Port.udp(proxy.port)] if uses_udp else ports
