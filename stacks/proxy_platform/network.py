"""The network stack: the VPC, its flow logs, and who may connect to whom."""

from aws_cdk import CfnOutput
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from config.models import Fleet, NetworkSettings, Proxy
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.network import PRIVATE, PUBLIC, LoggedVpc, ProxySecurity
from contract import outputs
from contract.components import Stack
from stacks.proxy_platform.base import Deployment, PlatformStack


class NetworkStack(PlatformStack):
    """VPC, subnets and security groups.

    :ivar vpc: the VPC.
    :ivar instance_subnets: where instances stand.
    :ivar public_subnets: where an internet-facing load balancer stands.
    :ivar security: security groups of load balancer and instances.
    :ivar build_security_group: security group of the machine that builds the image.
    """

    def __init__(
        self, scope: Construct, *, deployment: Deployment, network: NetworkSettings, fleet: Fleet, proxy: Proxy
    ) -> None:
        super().__init__(scope, Stack.NETWORK, deployment=deployment, description="Network of the proxy platform")
        flow_logs = OwnedLogGroup(
            self,
            "FlowLogs",
            log_group_name=f"/{self.names.project}/{self.names.environment}/flow-logs",
            retention_days=network.flow_log_retention_days,
            destroy=deployment.destroy,
        )
        self.vpc = LoggedVpc(
            self,
            "Vpc",
            cidr=network.cidr,
            zone_count=len(network.zones),
            nat_gateways=network.nat_gateways if network.private_instances else 0,
            log_group=flow_logs,
        )
        self.public_subnets = ec2.SubnetSelection(subnet_group_name=PUBLIC)
        self.instance_subnets = ec2.SubnetSelection(subnet_group_name=PRIVATE if network.private_instances else PUBLIC)
        self.security = ProxySecurity(
            self,
            "Security",
            vpc=self.vpc,
            client_networks=proxy.allowed_client_networks or (network.cidr,),
            listener_port=fleet.listener_port,
            instance_ports=(proxy.port, proxy.health_port),
            destination_ports=proxy.allowed_destination_ports,
        )
        self.build_security_group = self._build_security_group()
        CfnOutput(self, outputs.VPC_ID, value=self.vpc.vpc_id)

    def _build_security_group(self) -> ec2.SecurityGroup:
        """Create the group of the build machine: it fetches packages, and nobody connects to it."""
        group = ec2.SecurityGroup(
            self, "ImageBuild", vpc=self.vpc, description="Machine that builds the image", allow_all_outbound=False
        )
        for port in (80, 443):
            group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), "packages and AWS")
        return group
