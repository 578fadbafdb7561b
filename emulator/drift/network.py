"""How networks, load balancers and zones are read."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.drift.calls import TAGS, Read, same


def _ec2(operation: str, parameter: str, members: str, *names: str, **others: str) -> tuple[Read, ...]:
    return (Read("ec2", operation, {parameter: ["{id}"]}, f"{members}[0]", same(*names, **others)),)


def _dns_attribute(name: str) -> Read:
    attribute = name[:1].lower() + name[1:]
    parameters = {"VpcId": "{id}", "Attribute": attribute}
    return Read("ec2", "describe_vpc_attribute", parameters, "@", {name: f"{name}.Value"})


def _balancing(operation: str, parameter: str, member: str, *names: str, **others: str) -> tuple[Read, ...]:
    return (
        Read("elbv2", operation, {parameter: ["{id}"]}, f"{member}[0]", same(*names, **others)),
        Read("elbv2", "describe_tags", {"ResourceArns": ["{id}"]}, "TagDescriptions[0]", TAGS),
    )


_HEALTH_CHECK = (
    "HealthCheckIntervalSeconds", "HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher",
)  # fmt: skip
_RULE = ("CidrIp", "Description", "FromPort", "IpProtocol", "ToPort")
_IN_TABLE = {"RouteTableIds": ["{RouteTableId}"]}
_ASSOCIATION = "[].Associations[] | [?RouteTableAssociationId=='{id}'] | [0]"

READS: Mapping[str, tuple[Read, ...]] = {
    "AWS::EC2::EIP": _ec2("describe_addresses", "PublicIps", "Addresses", "Domain", "Tags"),
    "AWS::EC2::FlowLog": _ec2(
        "describe_flow_logs",
        "FlowLogIds",
        "FlowLogs",
        "ResourceId",
        "TrafficType",
        "LogGroupName",
        "LogDestinationType",
        "Tags",
        DeliverLogsPermissionArn="DeliverLogsPermissionArn",
    ),
    "AWS::EC2::InternetGateway": _ec2("describe_internet_gateways", "InternetGatewayIds", "InternetGateways", "Tags"),
    "AWS::EC2::LaunchTemplate": _ec2(
        "describe_launch_templates", "LaunchTemplateIds", "LaunchTemplates", "LaunchTemplateName"
    ),
    "AWS::EC2::NatGateway": (
        Read(
            "ec2",
            "describe_nat_gateways",
            {"NatGatewayIds": ["{id}"]},
            "NatGateways[?State!='deleted' && State!='deleting'] | [0]",
            same("SubnetId", "Tags", AllocationId="NatGatewayAddresses[0].AllocationId"),
        ),
    ),
    "AWS::EC2::Route": (
        Read(
            "ec2",
            "describe_route_tables",
            _IN_TABLE,
            "RouteTables[0].Routes[?DestinationCidrBlock=='{DestinationCidrBlock}'] | [0]",
            same("DestinationCidrBlock", "GatewayId", "NatGatewayId"),
        ),
    ),
    "AWS::EC2::RouteTable": _ec2("describe_route_tables", "RouteTableIds", "RouteTables", "VpcId", "Tags"),
    "AWS::EC2::SecurityGroup": _ec2(
        "describe_security_groups",
        "GroupIds",
        "SecurityGroups",
        "VpcId",
        "Tags",
        GroupDescription="Description",
        SecurityGroupIngress="rules(IpPermissions, 'Source')",
        SecurityGroupEgress="rules(IpPermissionsEgress, 'Destination')",
    ),
    "AWS::EC2::SecurityGroupEgress": (
        Read(
            "ec2",
            "describe_security_groups",
            {"GroupIds": ["{GroupId}"]},
            "rules(SecurityGroups[0].IpPermissionsEgress, 'Destination')",
            same(*_RULE, "DestinationSecurityGroupId"),
        ),
    ),
    "AWS::EC2::SecurityGroupIngress": (
        Read(
            "ec2",
            "describe_security_groups",
            {"GroupIds": ["{GroupId}"]},
            "rules(SecurityGroups[0].IpPermissions, 'Source')",
            same(*_RULE, "SourceSecurityGroupId"),
        ),
    ),
    "AWS::EC2::Subnet": _ec2(
        "describe_subnets",
        "SubnetIds",
        "Subnets",
        "AvailabilityZone",
        "CidrBlock",
        "MapPublicIpOnLaunch",
        "VpcId",
        "Tags",
    ),
    "AWS::EC2::SubnetRouteTableAssociation": (
        Read("ec2", "describe_route_tables", {}, f"RouteTables{_ASSOCIATION}", same("RouteTableId", "SubnetId")),
    ),
    "AWS::EC2::VPC": (
        *_ec2("describe_vpcs", "VpcIds", "Vpcs", "CidrBlock", "InstanceTenancy", "Tags"),
        _dns_attribute("EnableDnsHostnames"),
        _dns_attribute("EnableDnsSupport"),
    ),
    "AWS::EC2::VPCEndpoint": _ec2(
        "describe_vpc_endpoints",
        "VpcEndpointIds",
        "VpcEndpoints",
        "ServiceName",
        "VpcEndpointType",
        "VpcId",
        "RouteTableIds",
        "SubnetIds",
        "PrivateDnsEnabled",
        "Tags",
        SecurityGroupIds="Groups[].GroupId",
        PolicyDocument="parsed(PolicyDocument)",
    ),
    "AWS::EC2::VPCGatewayAttachment": (
        Read(
            "ec2",
            "describe_internet_gateways",
            {"InternetGatewayIds": ["{InternetGatewayId}"]},
            "InternetGateways[0].Attachments[?VpcId=='{VpcId}'] | [0]",
            same("VpcId"),
        ),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": _balancing(
        "describe_listeners", "ListenerArns", "Listeners", "LoadBalancerArn", "Port", "Protocol", "DefaultActions"
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        *_balancing(
            "describe_load_balancers",
            "LoadBalancerArns",
            "LoadBalancers",
            "Scheme",
            "Type",
            "SecurityGroups",
            Subnets="AvailabilityZones[].SubnetId",
        ),
        Read(
            "elbv2",
            "describe_load_balancer_attributes",
            {"LoadBalancerArn": "{id}"},
            "@",
            {"LoadBalancerAttributes": "Attributes"},
        ),
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        *_balancing(
            "describe_target_groups",
            "TargetGroupArns",
            "TargetGroups",
            *_HEALTH_CHECK,
            "Port",
            "Protocol",
            "TargetType",
            "VpcId",
        ),
        Read(
            "elbv2",
            "describe_target_group_attributes",
            {"TargetGroupArn": "{id}"},
            "@",
            {"TargetGroupAttributes": "Attributes"},
        ),
    ),
    "AWS::Route53::HostedZone": (
        Read("route53", "get_hosted_zone", {"Id": "{id}"}, "@", same("VPCs", Name="undotted(HostedZone.Name)")),
        Read(
            "route53",
            "list_tags_for_resource",
            {"ResourceType": "hostedzone", "ResourceId": "{id}"},
            "ResourceTagSet",
            {"HostedZoneTags": "Tags"},
            optional=True,
        ),
    ),
    "AWS::Route53::RecordSet": (
        Read(
            "route53",
            "list_resource_record_sets",
            {"HostedZoneId": "{HostedZoneId}"},
            # One of several of the same name is told apart by its identifier; the pattern itself stands for none.
            "ResourceRecordSets[?Type=='{Type}' && undotted(Name)==undotted('{Name}') && "
            "(SetIdentifier || join('', ['{', 'SetIdentifier}'])) == '{SetIdentifier}'] | [0]",
            same(
                "Type",
                "AliasTarget",
                "TTL",
                "SetIdentifier",
                "Weight",
                "Failover",
                "HealthCheckId",
                ResourceRecords="ResourceRecords[].Value",
            ),
        ),
    ),
}
