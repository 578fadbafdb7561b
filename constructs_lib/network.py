"""Networks: one of our own or one that exists already, AWS's services inside it, and who may connect to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.access import ServiceRole
from constructs_lib.policy.findings import acknowledge, in_standards

PUBLIC = "Public"
PRIVATE = "Private"

MOST_ZONES = 3
"""Zones that a VPC of ours has addresses for, whether it stands in all of them or not."""


@dataclass(frozen=True)
class Site:
    """A VPC and its subnets, wherever they come from.

    :param cidrs: address blocks, in digits and not as references, so that rules about them can be checked.
    :param public: subnets with a route to an internet gateway, one in each zone; may be empty.
    :param private: subnets without one; may be empty.
    """

    vpc: ec2.IVpc
    cidrs: Sequence[str]
    public: Sequence[ec2.ISubnet]
    private: Sequence[ec2.ISubnet]


class OwnVpc(ec2.Vpc):
    """A VPC over all zones of its stack, with a gateway endpoint for S3.

    Each subnet's addresses are the same whatever else there is: a third zone and private subnets have theirs kept free.
    So a VPC can get them later, and no subnet that stands has to move. Zones are added behind those that are there.

    The endpoint has no policy of its own: instances reach all of S3 through it, the pages there that people read too.

    :param cidr: address block.
    :param zone_count: number of availability zones, at most three.
    :param nat_gateways: number of NAT gateways for private subnets; 0 for public subnets only.
    """

    def __init__(self, scope: Construct, construct_id: str, *, cidr: str, zone_count: int, nat_gateways: int) -> None:
        super().__init__(
            scope,
            construct_id,
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            max_azs=zone_count,
            reserved_azs=MOST_ZONES - zone_count,
            nat_gateways=nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name=PUBLIC, subnet_type=ec2.SubnetType.PUBLIC, map_public_ip_on_launch=not nat_gateways
                ),
                ec2.SubnetConfiguration(
                    name=PRIVATE, subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, reserved=not nat_gateways
                ),
            ],
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
            # Emptying the default group takes a function with rights over every group of the account. Nothing here
            # uses that group, and a test sees to it.
            restrict_default_security_group=False,
        )
        self._cidr = cidr
        acknowledge(
            self,
            *in_standards("VPCDefaultSecurityGroupClosed"),
            reason="nothing is in that group; a rule pack sees the template only, and there the group is not",
        )
        for subnet in self.public_subnets:
            acknowledge(
                subnet,
                *in_standards("VPCNoUnrestrictedRouteToIGW"),
                reason="this is what makes a subnet public, where the gateways and the load balancer stand",
            )
            if not nat_gateways:
                acknowledge(
                    subnet,
                    *in_standards("VPCSubnetAutoAssignPublicIpDisabled"),
                    reason="without a gateway an instance reaches pages by an address of its own; its security group "
                    "lets nobody but the load balancer in",
                )
        acknowledge(
            self,
            "CloudFormation-Validate::W3010",
            reason="the zones are named by configuration; asking for them would make synthesis depend on the account",
        )

    def log_flows(self, log_group: logs.ILogGroup, *, role_name: str, role_path: str | None = None) -> None:
        """Log every flow, accepted or not.

        The role is lent to flow logs of this account and region only, so that nobody else can have theirs written here.
        Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html

        :param role_name: name of the role that writes the log.
        """
        stack = Stack.of(self)
        any_flow_log = f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}:vpc-flow-log/*"
        role = ServiceRole(
            self,
            "FlowLogRole",
            service="vpc-flow-logs.amazonaws.com",
            description="Writes the VPC's flow logs",
            role_name=role_name,
            path=role_path,
            trust_conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": any_flow_log},
            },
        )
        role.keep_policy_inline()
        flow_log = self.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group, role))
        # The role's policy too has to be there before the first record.
        flow_log.node.add_dependency(role)

    def leave_flows_unlogged(self, *, reason: str) -> None:
        """Accept that nobody can see later who talked to whom."""
        acknowledge(self, "AwsSolutions-VPC7", *in_standards("VPCFlowLogsEnabled"), reason=reason)

    @property
    def site(self) -> Site:
        """The VPC with its subnets."""
        return Site(self, (self._cidr,), public=self.public_subnets, private=self.private_subnets)


def existing_site(
    scope: Construct,
    construct_id: str,
    *,
    vpc_id: str,
    cidrs: Sequence[str],
    public: Mapping[str, str],
    private: Mapping[str, str],
) -> Site:
    """Return a VPC that exists already; nothing in it is looked up, and nothing of it is changed.

    :param cidrs: its address blocks, the first one that it got before the others.
    :param public: ids of public subnets, by availability zone.
    :param private: ids of private subnets, by availability zone.
    """
    within = Construct(scope, construct_id)
    zones = sorted({*public, *private})
    acknowledge(
        within,
        "Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId",
        reason="the routes of an existing network are its own; nothing here asks for its route tables",
    )
    vpc = ec2.Vpc.from_vpc_attributes(within, "Vpc", vpc_id=vpc_id, vpc_cidr_block=cidrs[0], availability_zones=zones)

    def subnets(kind: str, ids: Mapping[str, str]) -> list[ec2.ISubnet]:
        return [
            ec2.Subnet.from_subnet_attributes(within, f"{kind}-{zone}", subnet_id=ids[zone], availability_zone=zone)
            for zone in sorted(ids)
        ]

    return Site(vpc, cidrs, public=subnets(PUBLIC, public), private=subnets(PRIVATE, private))


class InterfaceEndpoints(Construct):
    """Services of AWS at addresses within the network, under the names that they have everywhere.

    Whoever is in the network may connect: the private names lead everybody there to them. What is asked of a service
    has to come with credentials of this account, so that nothing can be carried out of it through another's.
    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html

    :param services: names of services as in those of endpoints, for example `ssmmessages`.
    :param subnets: where the endpoints get their addresses.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, site: Site, subnets: ec2.SubnetSelection, services: Sequence[str]
    ) -> None:
        super().__init__(scope, construct_id)
        self.security_group = _closed_group(self, "Group", site.vpc, "Interface endpoints")
        for cidr in site.cidrs:
            self.security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "calls from the network")
        for service in services:
            endpoint = ec2.InterfaceVpcEndpoint(
                self,
                service.capitalize(),
                vpc=site.vpc,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=subnets,
                security_groups=[self.security_group],
                private_dns_enabled=True,
                open=False,
            )
            endpoint.add_to_policy(
                iam.PolicyStatement(
                    sid="OwnAccount",
                    principals=[iam.AnyPrincipal()],
                    actions=["*"],
                    resources=["*"],
                    conditions={"StringEquals": {"aws:PrincipalAccount": Stack.of(self).account}},
                )
            )


class ProxySecurity(Construct):
    """Who may connect: clients to the load balancer, it to the instances, those to the ports that the proxy serves.

    :param client_networks: CIDR blocks that may connect to the load balancer.
    :param client_ports: ports of the load balancer.
    :param instance_ports: ports that the load balancer connects to.
    :param destination_ports: TCP ports that an instance may connect to.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        client_networks: Sequence[str],
        client_ports: Sequence[ec2.Port],
        instance_ports: Sequence[ec2.Port],
        destination_ports: Sequence[int],
    ) -> None:
        super().__init__(scope, construct_id)
        self.load_balancer = _closed_group(self, "LoadBalancer", vpc, "Load balancer of the proxy")
        self.instance = _closed_group(self, "Instance", vpc, "Instances of the proxy")
        for network in client_networks:
            peer = ec2.Peer.ipv6(network) if ":" in network else ec2.Peer.ipv4(network)
            for port in client_ports:
                self.load_balancer.add_ingress_rule(peer, port, "clients")
        for port in instance_ports:
            self.load_balancer.add_egress_rule(self.instance, port, "traffic and health checks")
            self.instance.add_ingress_rule(self.load_balancer, port, "traffic and health checks")
        # 443 is how an instance reaches AWS itself; names are resolved by the VPC, which no security group concerns.
        for number in sorted({443, *destination_ports}):
            self.instance.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(number), "origins and AWS")


def _closed_group(scope: Construct, name: str, vpc: ec2.IVpc, description: str) -> ec2.SecurityGroup:
    return ec2.SecurityGroup(scope, name, vpc=vpc, description=description, allow_all_outbound=False)
