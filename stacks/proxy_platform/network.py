"""The network stack: a VPC of the platform's own or an existing one, and who may connect to whom in it."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from aws_cdk import CfnOutput, Token
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from config.models import Egress, ExistingNetwork, Fleet, NetworkSettings, Protocol, Proxy, Scheme
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.network import PRIVATE, PUBLIC, InterfaceEndpoints, OwnVpc, ProxySecurity, Site, existing_site
from constructs_lib.policy.findings import acknowledge
from contract import outputs, parameters
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack

EVERYBODY = ("0.0.0.0/0",)


LOAD_BALANCER, INSTANCE, BUILD_MACHINE = "load-balancer", "instance", "build-machine"


class Place:
    """The network as another stack sees it, which reads the ids that it needs when it is deployed.

    From parameters and not as outputs: CloudFormation plans to replace whatever has an output where a property cannot
    change in place, a target group for its VPC, even if the output is what it was (ADR 22). Ids that are known already,
    those of an existing network, stand in the template.

    :param stack: that other stack.
    :param instances_are_public: whether instances stand in public subnets.
    :ivar instances_are_public: the same.
    """

    def __init__(self, stack: PlatformStack, site: Site, *, instances_are_public: bool) -> None:
        self._stack = stack
        self._scope = Construct(stack, "Network")
        self._site = site
        self.instances_are_public = instances_are_public

    @cached_property
    def vpc(self) -> ec2.IVpc:
        """The VPC, without its subnets."""
        if not Token.is_unresolved(self._site.vpc.vpc_id):
            return self._site.vpc
        return ec2.Vpc.from_vpc_attributes(
            self._scope,
            "Vpc",
            vpc_id=self._stack.read(parameters.VPC_ID),
            vpc_cidr_block=self._site.cidrs[0],
            availability_zones=sorted({each.availability_zone for each in (*self._site.public, *self._site.private)}),
        )

    @cached_property
    def public_subnets(self) -> ec2.SubnetSelection:
        """Where an internet-facing load balancer stands; empty where the network has none."""
        return self._subnets(PUBLIC, self._site.public)

    @cached_property
    def private_subnets(self) -> ec2.SubnetSelection:
        """Subnets without an address of the internet's; empty where the network has none."""
        return self._subnets(PRIVATE, self._site.private)

    @property
    def instance_subnets(self) -> ec2.SubnetSelection:
        """Where instances stand."""
        return self.public_subnets if self.instances_are_public else self.private_subnets

    @cached_property
    def build_subnet(self) -> ec2.ISubnet:
        """Where the machine stands that builds the image: in the first of the instances' subnets."""
        kind, known = (PUBLIC, self._site.public) if self.instances_are_public else (PRIVATE, self._site.private)
        return self._subnet(kind, 1, known[0])

    def security_group(self, whose: str) -> ec2.ISecurityGroup:
        """Return one of the network stack's security groups: that of load balancer, instances or build machine."""
        group_id = self._stack.read(parameters.security_group_id(whose))
        return ec2.SecurityGroup.from_security_group_id(self._scope, f"{whose}-group", group_id, mutable=False)

    def _subnets(self, kind: str, known: Sequence[ec2.ISubnet]) -> ec2.SubnetSelection:
        return ec2.SubnetSelection(subnets=[self._subnet(kind, n, subnet) for n, subnet in enumerate(known, start=1)])

    def _subnet(self, kind: str, number: int, known: ec2.ISubnet) -> ec2.ISubnet:
        if not Token.is_unresolved(known.subnet_id):
            return known
        return ec2.Subnet.from_subnet_attributes(
            self._scope,
            f"{kind}{number}",
            subnet_id=self._stack.read(parameters.subnet_id(kind.lower(), number)),
            availability_zone=known.availability_zone,
            route_table_id=known.route_table.route_table_id,
        )


class NetworkStack(PlatformStack):
    """VPC, subnets, endpoints and security groups. Other stacks get to know them by :meth:`seen_by`."""

    def __init__(
        self, scope: Construct, *, deployment: Deployment, network: NetworkSettings, fleet: Fleet, proxy: Proxy
    ) -> None:
        super().__init__(scope, Stack.NETWORK, deployment=deployment, description="Network of the proxy platform")
        site = self._existing_site(network.existing) if network.existing else self._own_site(network)
        self._site = site
        self._instances_are_public = network.egress is Egress.PUBLIC
        clients = client_networks(fleet, proxy, site.cidrs)
        security = ProxySecurity(
            self,
            "Security",
            vpc=site.vpc,
            client_networks=clients,
            client_ports=[port for listener in fleet.listeners for port in ports_of(listener.protocol, listener.port)],
            instance_ports=instance_ports(fleet, proxy),
            destination_ports=proxy.allowed_destination_ports,
        )
        if clients == EVERYBODY:
            acknowledge(
                security.load_balancer,
                "AwsSolutions-EC23",
                reason="the operator lets users sign in from everywhere and names no networks, and the proxy serves "
                "nobody who has not signed in",
            )
        if network.interface_endpoints:
            where = ec2.SubnetSelection(subnets=site.public if self._instances_are_public else site.private)
            InterfaceEndpoints(self, "Endpoints", site=site, subnets=where, services=network.interface_endpoints)
        groups: dict[str, ec2.ISecurityGroup] = {LOAD_BALANCER: security.load_balancer, INSTANCE: security.instance}
        if self.names.is_home:  # which is where images are built
            groups[BUILD_MACHINE] = self._build_machine_group(site.vpc)
        self._publish_ids(site, groups)
        CfnOutput(self, outputs.VPC_ID, value=site.vpc.vpc_id)

    def _publish_ids(self, site: Site, groups: Mapping[str, ec2.ISecurityGroup]) -> None:
        ids = {parameters.VPC_ID: site.vpc.vpc_id}
        for kind, subnets in (("public", site.public), ("private", site.private)):
            ids |= {parameters.subnet_id(kind, n): subnet.subnet_id for n, subnet in enumerate(subnets, start=1)}
        ids |= {parameters.security_group_id(whose): group.security_group_id for whose, group in groups.items()}
        for path, known in ids.items():
            if Token.is_unresolved(known):
                construct_id = "".join(part.capitalize() for part in path.replace("/", "-").split("-")[1:])
                self.publish(f"{construct_id}Parameter", path, known, description=f"Id in the network: {path}")

    def seen_by(self, stack: PlatformStack) -> Place:
        """Return the network for the constructs of another stack, which is deployed after this one then."""
        stack.add_stack_dependency(self)
        return Place(stack, self._site, instances_are_public=self._instances_are_public)

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
            cidrs=existing.address_blocks,
            public=existing.public_subnets,
            private=existing.private_subnets,
        )

    def _build_machine_group(self, vpc: ec2.IVpc) -> ec2.SecurityGroup:
        """Create the group of the build machine: it fetches packages, and nobody connects to it."""
        group = ec2.SecurityGroup(
            self, "ImageBuild", vpc=vpc, description="Machine that builds the image", allow_all_outbound=False
        )
        for port in (80, 443):
            group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "packages and AWS")
        return group


def ports_of(protocol: Protocol, port: int) -> list[ec2.Port]:
    """Return what a security group has to open for a listener: a port per transport."""
    tcp = [] if protocol is Protocol.UDP else [ec2.Port.tcp(port)]
    udp = [ec2.Port.udp(port)] if protocol in (Protocol.UDP, Protocol.TCP_UDP) else []
    return tcp + udp


def client_networks(fleet: Fleet, proxy: Proxy, own: Sequence[str]) -> tuple[str, ...]:
    """Return who may connect: whoever is named, else everyone who reaches the load balancer.

    On the internet that is everybody, which the configuration allows only where users have to sign in.

    :param own: address blocks of the network.
    """
    is_internal = fleet.scheme is Scheme.INTERNAL
    return proxy.allowed_client_networks or (tuple(own) if is_internal else EVERYBODY)


def instance_ports(fleet: Fleet, proxy: Proxy) -> list[ec2.Port]:
    """Return the ports of an instance: those of the proxy and of its health application."""
    uses_udp = any(listener.protocol in (Protocol.UDP, Protocol.TCP_UDP) for listener in fleet.listeners)
    ports = [ec2.Port.tcp(proxy.port), ec2.Port.tcp(proxy.health_port)]
    return [*ports, ec2.Port.udp(proxy.port)] if uses_udp else ports
