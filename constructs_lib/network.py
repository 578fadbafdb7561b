"""A network of its own for a deployment, whose every flow is logged."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.access import ServiceRole
from constructs_lib.policy.findings import acknowledge

PUBLIC = "Public"
PRIVATE = "Private"


class LoggedVpc(ec2.Vpc):
    """A VPC over all zones of its stack, with flow logs and a gateway endpoint for S3.

    :param cidr: address block.
    :param zone_count: number of availability zones.
    :param nat_gateways: number of NAT gateways for private subnets; 0 for public subnets only.
    :param log_group: where flow logs go.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cidr: str,
        zone_count: int,
        nat_gateways: int,
        log_group: logs.ILogGroup,
    ) -> None:
        kinds = {PUBLIC: ec2.SubnetType.PUBLIC}
        if nat_gateways:
            kinds[PRIVATE] = ec2.SubnetType.PRIVATE_WITH_EGRESS
        super().__init__(
            scope,
            construct_id,
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            max_azs=zone_count,
            nat_gateways=nat_gateways,
            subnet_configuration=[ec2.SubnetConfiguration(name=name, subnet_type=kind) for name, kind in kinds.items()],
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
            # Emptying the default group takes a function with rights over every group of the account. Nothing here
            # uses that group, and a test sees to it.
            restrict_default_security_group=False,
        )
        acknowledge(
            self,
            "CloudFormation-Validate::W3010",
            reason="the zones are named by configuration; asking for them would make synthesis depend on the account",
        )
        role = ServiceRole(
            self, "FlowLogRole", service="vpc-flow-logs.amazonaws.com", description="Writes the VPC's flow logs"
        )
        flow_log = self.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_cloud_watch_logs(log_group, role))
        # The role's policy too has to be there before the first record.
        flow_log.node.add_dependency(role)


class ProxySecurity(Construct):
    """Who may connect: clients to the load balancer, it to the instances, those to the ports that the proxy serves.

    :param client_networks: CIDR blocks that may connect to the load balancer.
    :param listener_port: TCP port of the load balancer.
    :param instance_ports: TCP ports that the load balancer connects to.
    :param destination_ports: TCP ports that an instance may connect to.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        vpc: ec2.IVpc,
        client_networks: Sequence[str],
        listener_port: int,
        instance_ports: Sequence[int],
        destination_ports: Sequence[int],
    ) -> None:
        super().__init__(scope, construct_id)
        self.load_balancer = _closed_group(self, "LoadBalancer", vpc, "Load balancer of the proxy")
        self.instance = _closed_group(self, "Instance", vpc, "Instances of the proxy")
        for network in client_networks:
            peer = ec2.Peer.ipv6(network) if ":" in network else ec2.Peer.ipv4(network)
            self.load_balancer.add_ingress_rule(peer, ec2.Port.tcp(listener_port), "clients")
        for port in instance_ports:
            self.load_balancer.add_egress_rule(self.instance, ec2.Port.tcp(port), "traffic and health checks")
            self.instance.add_ingress_rule(self.load_balancer, ec2.Port.tcp(port), "traffic and health checks")
        # 443 is how an instance reaches AWS itself; names are resolved by the VPC, which no security group concerns.
        for port in sorted({443, *destination_ports}):
            self.instance.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "origins and AWS")


def _closed_group(scope: Construct, name: str, vpc: ec2.IVpc, description: str) -> ec2.SecurityGroup:
    return ec2.SecurityGroup(scope, name, vpc=vpc, description=description, allow_all_outbound=False)
