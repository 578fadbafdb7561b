"""The actions that CloudFormation calls for the resource types of our stacks, and on which resource.

Source: the handlers of each type in the CloudFormation registry (a test holds every action against them), the resource
that an action is checked on from the Service Authorization Reference. Actions that only read are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rights:
    """What a resource type needs. An action may be followed by a resource of its own: `action resource`.

    A resource may name `{id}`, the physical id (`*` before there is one), `{name}`, the same but the name to be before,
    `{region}`, `{account}`, and any property; a property that holds a list stands for one resource for each.

    :param resource: on what the actions are checked.
    :param create: action that makes it.
    :param change: action for a changed property that has none of its own; empty where each change replaces it.
    :param delete: action that removes it.
    :param sets: by property, the action that sets it, when it is made and when it is changed.
    :param changes: by property, the action that sets it afterwards only.
    :param tag: action that gives it tags.
    :param name: property with the name.
    :param passes: by property that names roles (or an instance profile, or a launch template), the service that gets
        them.
    """

    resource: str
    create: str
    change: str
    delete: str
    sets: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, str] = field(default_factory=dict)
    tag: str = ""
    name: str = ""
    passes: Mapping[str, str] = field(default_factory=dict)


def _ec2(
    resource: str, create: str, change: str, delete: str, sets: Mapping[str, str] | None = None, **passes: str
) -> Rights:
    def action(name: str) -> str:
        return f"ec2:{name}" if name else ""

    return Rights(
        f"arn:aws:ec2:{{region}}:{{account}}:{resource}",
        action(create), action(change), action(delete),
        sets={key: action(name) for key, name in (sets or {}).items()},
        tag="ec2:CreateTags",
        passes=passes,
    )  # fmt: skip


def _balancing(resource: str, kind: str, change: str, **sets: str) -> Rights:
    service = "elasticloadbalancing"
    return Rights(
        resource,
        f"{service}:Create{kind}", f"{service}:{change}", f"{service}:Delete{kind}",
        sets={key: f"{service}:{name}" for key, name in sets.items()},
        tag=f"{service}:AddTags",
    )  # fmt: skip


def _image_builder(resource: str, kind: str, *, mutable: bool = True, **passes: str) -> Rights:
    return Rights(
        f"arn:aws:imagebuilder:{{region}}:{{account}}:{resource}/{{name}}",
        f"imagebuilder:Create{kind}",
        f"imagebuilder:Update{kind}" if mutable else "",
        f"imagebuilder:Delete{kind}",
        tag="imagebuilder:TagResource",
        name="Name",
        passes=passes,
    )


_FUNCTION = "arn:aws:lambda:{region}:{account}:function:"
_BALANCER = "arn:aws:elasticloadbalancing:{region}:{account}:"

RIGHTS: Mapping[str, Rights] = {
    "AWS::AutoScaling::AutoScalingGroup": Rights(
        "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}",
        "autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup",
        "autoscaling:DeleteAutoScalingGroup",
        sets={
            "LaunchTemplate": "ec2:RunInstances arn:aws:ec2:{region}:{account}:instance/*",
            "MetricsCollection": "autoscaling:EnableMetricsCollection",
        },
        tag="autoscaling:CreateOrUpdateTags", name="AutoScalingGroupName",
        passes={"LaunchTemplate": "ec2.amazonaws.com"},
    ),
    "AWS::AutoScaling::LifecycleHook": Rights(
        "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{AutoScalingGroupName}",
        "autoscaling:PutLifecycleHook", "autoscaling:PutLifecycleHook", "autoscaling:DeleteLifecycleHook",
    ),
    "AWS::AutoScaling::ScalingPolicy": Rights(
        "arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{AutoScalingGroupName}",
        "autoscaling:PutScalingPolicy", "autoscaling:PutScalingPolicy", "autoscaling:DeletePolicy",
    ),
    "AWS::Budgets::Budget": Rights(
        "arn:aws:budgets::{account}:budget/{name}",
        "budgets:ModifyBudget", "budgets:ModifyBudget", "budgets:ModifyBudget", tag="budgets:TagResource",
    ),
    "AWS::CloudWatch::Alarm": Rights(
        "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        "cloudwatch:PutMetricAlarm", "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms",
        tag="cloudwatch:TagResource", name="AlarmName",
    ),
    "AWS::CloudWatch::Dashboard": Rights(
        "arn:aws:cloudwatch::{account}:dashboard/{name}",
        "cloudwatch:PutDashboard", "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards",
        tag="cloudwatch:TagResource", name="DashboardName",
    ),
    "AWS::EC2::EIP": _ec2("elastic-ip/*", "AllocateAddress", "", "ReleaseAddress", {"InstanceId": "AssociateAddress"}),
    "AWS::EC2::FlowLog": _ec2(
        "vpc-flow-log/{id}", "CreateFlowLogs", "", "DeleteFlowLogs",
        DeliverLogsPermissionArn="vpc-flow-logs.amazonaws.com",
    ),
    "AWS::EC2::InternetGateway": _ec2("internet-gateway/{id}", "CreateInternetGateway", "", "DeleteInternetGateway"),
    "AWS::EC2::LaunchTemplate": _ec2(
        "launch-template/{id}", "CreateLaunchTemplate", "CreateLaunchTemplateVersion", "DeleteLaunchTemplate"
    ),
    "AWS::EC2::NatGateway": _ec2("natgateway/{id}", "CreateNatGateway", "", "DeleteNatGateway"),
    "AWS::EC2::Route": _ec2("route-table/{RouteTableId}", "CreateRoute", "ReplaceRoute", "DeleteRoute"),
    "AWS::EC2::RouteTable": _ec2("route-table/{id}", "CreateRouteTable", "", "DeleteRouteTable"),
    "AWS::EC2::SecurityGroup": _ec2(
        "security-group/{id}", "CreateSecurityGroup", "", "DeleteSecurityGroup",
        {
            "SecurityGroupIngress": "AuthorizeSecurityGroupIngress",
            "SecurityGroupEgress": "AuthorizeSecurityGroupEgress",
        },
    ),
    "AWS::EC2::SecurityGroupEgress": _ec2(
        "security-group/{GroupId}",
        "AuthorizeSecurityGroupEgress", "UpdateSecurityGroupRuleDescriptionsEgress", "RevokeSecurityGroupEgress",
    ),
    "AWS::EC2::SecurityGroupIngress": _ec2(
        "security-group/{GroupId}",
        "AuthorizeSecurityGroupIngress", "UpdateSecurityGroupRuleDescriptionsIngress", "RevokeSecurityGroupIngress",
    ),
    "AWS::EC2::Subnet": _ec2(
        "subnet/{id}", "CreateSubnet", "ModifySubnetAttribute", "DeleteSubnet",
        {"MapPublicIpOnLaunch": "ModifySubnetAttribute"},
    ),
    "AWS::EC2::SubnetRouteTableAssociation": _ec2(
        "route-table/{RouteTableId}", "AssociateRouteTable", "", "DisassociateRouteTable"
    ),
    "AWS::EC2::VPC": _ec2(
        "vpc/{id}", "CreateVpc", "ModifyVpcAttribute", "DeleteVpc",
        {"EnableDnsHostnames": "ModifyVpcAttribute", "EnableDnsSupport": "ModifyVpcAttribute"},
    ),
    "AWS::EC2::VPCEndpoint": _ec2("vpc-endpoint/{id}", "CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints"),
    "AWS::EC2::VPCGatewayAttachment": _ec2(
        "internet-gateway/{InternetGatewayId}", "AttachInternetGateway", "AttachInternetGateway",
        "DetachInternetGateway",
    ),
    "AWS::ElastiCache::ServerlessCache": Rights(
        "arn:aws:elasticache:{region}:{account}:serverlesscache:{name}",
        "elasticache:CreateServerlessCache", "elasticache:ModifyServerlessCache", "elasticache:DeleteServerlessCache",
        tag="elasticache:AddTagsToResource", name="ServerlessCacheName",
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Rights(
        _BALANCER + "listener/{id}",
        "elasticloadbalancing:CreateListener {LoadBalancerArn}", "elasticloadbalancing:ModifyListener",
        "elasticloadbalancing:DeleteListener",
        tag="elasticloadbalancing:AddTags",
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancing(
        _BALANCER + "loadbalancer/{id}", "LoadBalancer", "ModifyLoadBalancerAttributes",
        LoadBalancerAttributes="ModifyLoadBalancerAttributes",
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": _balancing(
        _BALANCER + "targetgroup/{id}", "TargetGroup", "ModifyTargetGroup",
        TargetGroupAttributes="ModifyTargetGroupAttributes", Targets="RegisterTargets",
    ),
    "AWS::IAM::InstanceProfile": Rights(
        "arn:aws:iam::{account}:instance-profile/{name}",
        "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile",
        sets={"Roles": "iam:AddRoleToInstanceProfile"}, name="InstanceProfileName",
        passes={"Roles": "ec2.amazonaws.com"},
    ),
    "AWS::IAM::OIDCProvider": Rights(
        "arn:aws:iam::{account}:oidc-provider/{name}",
        "iam:CreateOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint",
        "iam:DeleteOpenIDConnectProvider",
        changes={"ClientIdList": "iam:AddClientIDToOpenIDConnectProvider"}, tag="iam:TagOpenIDConnectProvider",
        name="Url",
    ),
    "AWS::IAM::Policy": Rights(
        "arn:aws:iam::{account}:role/{Roles}", "iam:PutRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"
    ),
    "AWS::IAM::Role": Rights(
        "arn:aws:iam::{account}:role/{name}", "iam:CreateRole", "iam:UpdateRole", "iam:DeleteRole",
        sets={"Policies": "iam:PutRolePolicy", "ManagedPolicyArns": "iam:AttachRolePolicy"},
        changes={
            "AssumeRolePolicyDocument": "iam:UpdateAssumeRolePolicy",
            "PermissionsBoundary": "iam:PutRolePermissionsBoundary",
        },
        tag="iam:TagRole", name="RoleName",
    ),
    "AWS::ImageBuilder::Component": _image_builder("component", "Component", mutable=False),
    "AWS::ImageBuilder::DistributionConfiguration": _image_builder(
        "distribution-configuration", "DistributionConfiguration"
    ),
    "AWS::ImageBuilder::Image": _image_builder(
        "image", "Image", mutable=False, ExecutionRole="imagebuilder.amazonaws.com"
    ),
    "AWS::ImageBuilder::ImagePipeline": _image_builder(
        "image-pipeline", "ImagePipeline", ExecutionRole="imagebuilder.amazonaws.com"
    ),
    "AWS::ImageBuilder::ImageRecipe": _image_builder("image-recipe", "ImageRecipe", mutable=False),
    "AWS::ImageBuilder::InfrastructureConfiguration": _image_builder(
        "infrastructure-configuration", "InfrastructureConfiguration", InstanceProfileName="ec2.amazonaws.com"
    ),
    "AWS::ImageBuilder::LifecyclePolicy": _image_builder(
        "lifecycle-policy", "LifecyclePolicy", ExecutionRole="imagebuilder.amazonaws.com"
    ),
    "AWS::KMS::Alias": Rights(
        "arn:aws:kms:{region}:{account}:{AliasName}", "kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"
    ),
    "AWS::KMS::Key": Rights(
        "arn:aws:kms:{region}:{account}:key/{id}",
        "kms:CreateKey *", "kms:UpdateKeyDescription", "kms:ScheduleKeyDeletion",
        sets={"EnableKeyRotation": "kms:EnableKeyRotation"}, changes={"KeyPolicy": "kms:PutKeyPolicy"},
        tag="kms:TagResource",
    ),
    "AWS::Lambda::Alias": Rights(
        _FUNCTION + "{FunctionName}", "lambda:CreateAlias", "lambda:UpdateAlias", "lambda:DeleteAlias"
    ),
    "AWS::Lambda::Function": Rights(
        _FUNCTION + "{name}",
        "lambda:CreateFunction", "lambda:UpdateFunctionConfiguration", "lambda:DeleteFunction",
        sets={"ReservedConcurrentExecutions": "lambda:PutFunctionConcurrency"},
        changes={"Code": "lambda:UpdateFunctionCode"},
        tag="lambda:TagResource", name="FunctionName", passes={"Role": "lambda.amazonaws.com"},
    ),
    "AWS::Lambda::LayerVersion": Rights(
        "arn:aws:lambda:{region}:{account}:layer:{name}",
        "lambda:PublishLayerVersion", "", "lambda:DeleteLayerVersion", name="LayerName",
    ),
    "AWS::Lambda::Permission": Rights(
        _FUNCTION + "{FunctionName}", "lambda:AddPermission", "", "lambda:RemovePermission"
    ),
    "AWS::Lambda::Url": Rights(
        _FUNCTION + "{TargetFunctionArn}",
        "lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig", "lambda:DeleteFunctionUrlConfig",
    ),
    "AWS::Lambda::Version": Rights(
        _FUNCTION + "{FunctionName}", "lambda:PublishVersion", "", "lambda:DeleteFunction {id}"
    ),
    "AWS::Logs::LogGroup": Rights(
        "arn:aws:logs:{region}:{account}:log-group:{name}", "logs:CreateLogGroup", "", "logs:DeleteLogGroup",
        sets={"RetentionInDays": "logs:PutRetentionPolicy"}, tag="logs:TagResource", name="LogGroupName",
    ),
    "AWS::Logs::QueryDefinition": Rights(
        "*", "logs:PutQueryDefinition", "logs:PutQueryDefinition", "logs:DeleteQueryDefinition"
    ),
    "AWS::Route53::HealthCheck": Rights(
        "arn:aws:route53:::healthcheck/{id}",
        "route53:CreateHealthCheck *", "route53:UpdateHealthCheck", "route53:DeleteHealthCheck",
        tag="route53:ChangeTagsForResource",
    ),
    "AWS::Route53::HostedZone": Rights(
        "arn:aws:route53:::hostedzone/{id}",
        "route53:CreateHostedZone *", "route53:UpdateHostedZoneComment", "route53:DeleteHostedZone",
        changes={"VPCs": "route53:AssociateVPCWithHostedZone"}, tag="route53:ChangeTagsForResource",
    ),
    "AWS::Route53::RecordSet": Rights(
        "arn:aws:route53:::hostedzone/{HostedZoneId}",
        "route53:ChangeResourceRecordSets", "route53:ChangeResourceRecordSets", "route53:ChangeResourceRecordSets",
    ),
    "AWS::S3::Bucket": Rights(
        "arn:aws:s3:::{name}", "s3:CreateBucket", "", "s3:DeleteBucket",
        sets={
            "BucketEncryption": "s3:PutEncryptionConfiguration",
            "CorsConfiguration": "s3:PutBucketCORS",
            "LifecycleConfiguration": "s3:PutLifecycleConfiguration",
            "LoggingConfiguration": "s3:PutBucketLogging",
            "NotificationConfiguration": "s3:PutBucketNotification",
            "OwnershipControls": "s3:PutBucketOwnershipControls",
            "PublicAccessBlockConfiguration": "s3:PutBucketPublicAccessBlock",
            "VersioningConfiguration": "s3:PutBucketVersioning",
        },
        tag="s3:PutBucketTagging", name="BucketName",
    ),
    "AWS::S3::BucketPolicy": Rights(
        "arn:aws:s3:::{Bucket}", "s3:PutBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"
    ),
    "AWS::SNS::Topic": Rights(
        "arn:aws:sns:{region}:{account}:{name}", "sns:CreateTopic", "sns:SetTopicAttributes", "sns:DeleteTopic",
        tag="sns:TagResource", name="TopicName",
    ),
    "AWS::SNS::TopicPolicy": Rights(
        "{Topics}", "sns:SetTopicAttributes", "sns:SetTopicAttributes", "sns:SetTopicAttributes"
    ),
    "AWS::SSM::Parameter": Rights(
        "arn:aws:ssm:{region}:{account}:parameter/{name}",
        "ssm:PutParameter", "ssm:PutParameter", "ssm:DeleteParameter",
        tag="ssm:AddTagsToResource", name="Name",
    ),
    "AWS::SecretsManager::Secret": Rights(
        "arn:aws:secretsmanager:{region}:{account}:secret:{name}",
        "secretsmanager:CreateSecret", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret",
        tag="secretsmanager:TagResource", name="Name",
    ),
}  # fmt: skip

CUSTOM = Rights("{ServiceToken}", "lambda:InvokeFunction", "lambda:InvokeFunction", "lambda:InvokeFunction")
"""A custom resource: whatever happens to it, its function is called."""
