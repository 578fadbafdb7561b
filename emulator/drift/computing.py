"""How groups of instances, functions, images, roles and keys are read."""

from __future__ import annotations

from collections.abc import Mapping

from emulator.drift.calls import TAGS, Read, same


def _image_builder(operation: str, parameter: str, member: str, *names: str) -> tuple[Read, ...]:
    return (Read("imagebuilder", operation, {parameter: "{id}"}, f"pascal({member})", same(*names, "Tags")),)


_FUNCTION = (
    "FunctionName", "Runtime", "Handler", "Role", "Timeout", "MemorySize", "Description", "Architectures",
    "LoggingConfig", "TracingConfig",
)  # fmt: skip

READS: Mapping[str, tuple[Read, ...]] = {
    "AWS::AutoScaling::AutoScalingGroup": (
        Read(
            "autoscaling",
            "describe_auto_scaling_groups",
            {"AutoScalingGroupNames": ["{id}"]},
            "AutoScalingGroups[0]",
            same(
                "AutoScalingGroupName",
                "MinSize",
                "MaxSize",
                "DesiredCapacity",
                "CapacityRebalance",
                "HealthCheckType",
                "HealthCheckGracePeriod",
                "LaunchTemplate",
                "TargetGroupARNs",
                "Tags",
                VPCZoneIdentifier="split(VPCZoneIdentifier, ',')",
                MetricsCollection="EnabledMetrics && [{Granularity: EnabledMetrics[0].Granularity}]",
            ),
        ),
        Read(
            "autoscaling",
            "describe_lifecycle_hooks",
            {"AutoScalingGroupName": "{id}"},
            # Hooks on terminations are resources of their own; one on launches would come too late as such.
            "{Launching: LifecycleHooks[?LifecycleTransition=='autoscaling:EC2_INSTANCE_LAUNCHING']}",
            same(
                LifecycleHookSpecificationList="Launching[].{LifecycleHookName: LifecycleHookName, DefaultResult: "
                "DefaultResult, LifecycleTransition: LifecycleTransition, HeartbeatTimeout: HeartbeatTimeout}",
            ),
        ),
    ),
    "AWS::AutoScaling::ScalingPolicy": (
        Read(
            "autoscaling",
            "describe_policies",
            {"AutoScalingGroupName": "{AutoScalingGroupName}"},
            "ScalingPolicies[?PolicyARN=='{id}'] | [0]",
            same(
                "AutoScalingGroupName",
                "PolicyType",
                "TargetTrackingConfiguration",
                "AdjustmentType",
                "StepAdjustments",
                "MinAdjustmentMagnitude",
                "MetricAggregationType",
                "EstimatedInstanceWarmup",
            ),
        ),
    ),
    "AWS::AutoScaling::LifecycleHook": (
        Read(
            "autoscaling",
            "describe_lifecycle_hooks",
            {"AutoScalingGroupName": "{AutoScalingGroupName}"},
            "LifecycleHooks[?LifecycleHookName=='{id}'] | [0]",
            same(
                "AutoScalingGroupName",
                "LifecycleHookName",
                "LifecycleTransition",
                "HeartbeatTimeout",
                "DefaultResult",
            ),
        ),
    ),
    "AWS::IAM::InstanceProfile": (
        Read(
            "iam",
            "get_instance_profile",
            {"InstanceProfileName": "{id}"},
            "InstanceProfile",
            same("InstanceProfileName", Roles="Roles[].RoleName"),
        ),
    ),
    "AWS::IAM::OIDCProvider": (
        Read(
            "iam",
            "get_open_id_connect_provider",
            {"OpenIDConnectProviderArn": "{id}"},
            "@",
            same("Tags", "ThumbprintList", ClientIdList="ClientIDList", Url="join('', ['https://', Url])"),
        ),
    ),
    "AWS::IAM::Role": (
        Read(
            "iam",
            "get_role",
            {"RoleName": "{id}"},
            "Role",
            same(
                "RoleName",
                "Path",
                "Description",
                "MaxSessionDuration",
                "AssumeRolePolicyDocument",
                "Tags",
                PermissionsBoundary="PermissionsBoundary.PermissionsBoundaryArn",
            ),
        ),
        Read(
            "iam",
            "list_attached_role_policies",
            {"RoleName": "{id}"},
            "@",
            {"ManagedPolicyArns": "AttachedPolicies[].PolicyArn"},
        ),
        Read(
            "iam",
            "get_account_authorization_details",
            {"Filter": ["Role"]},
            "RoleDetailList[?RoleName=='{id}'] | [0]",
            {"Policies": "RolePolicyList"},
        ),
    ),
    "AWS::ImageBuilder::Component": _image_builder(
        "get_component", "componentBuildVersionArn", "component", "Name", "Version", "Platform"
    ),
    "AWS::ImageBuilder::DistributionConfiguration": _image_builder(
        "get_distribution_configuration",
        "distributionConfigurationArn",
        "distributionConfiguration",
        "Name",
        "Distributions",
    ),
    "AWS::ImageBuilder::Image": (
        Read(
            "imagebuilder",
            "get_image",
            {"imageBuildVersionArn": "{id}"},
            "image",
            same(
                ImageRecipeArn="imageRecipe.arn",
                Tags="tags",
                InfrastructureConfigurationArn="infrastructureConfiguration.arn",
                DistributionConfigurationArn="distributionConfiguration.arn",
                ImageTestsConfiguration="pascal(imageTestsConfiguration)",
            ),
        ),
    ),
    "AWS::ImageBuilder::ImagePipeline": _image_builder(
        "get_image_pipeline",
        "imagePipelineArn",
        "imagePipeline",
        "Name",
        "ImageRecipeArn",
        "InfrastructureConfigurationArn",
        "DistributionConfigurationArn",
        "ImageTestsConfiguration",
        "ImageTags",
        "Schedule",
    ),
    "AWS::ImageBuilder::ImageRecipe": _image_builder(
        "get_image_recipe",
        "imageRecipeArn",
        "imageRecipe",
        "Name",
        "Version",
        "ParentImage",
        "Components",
        "BlockDeviceMappings",
    ),
    "AWS::ImageBuilder::InfrastructureConfiguration": _image_builder(
        "get_infrastructure_configuration",
        "infrastructureConfigurationArn",
        "infrastructureConfiguration",
        "Name",
        "InstanceTypes",
        "InstanceProfileName",
        "SecurityGroupIds",
        "SubnetId",
        "Logging",
        "TerminateInstanceOnFailure",
        "InstanceMetadataOptions",
        "ResourceTags",
    ),
    "AWS::ImageBuilder::LifecyclePolicy": _image_builder(
        "get_lifecycle_policy",
        "lifecyclePolicyArn",
        "lifecyclePolicy",
        "Name",
        "ExecutionRole",
        "ResourceType",
        "PolicyDetails",
        "ResourceSelection",
    ),
    "AWS::KMS::Key": (
        Read(
            "kms",
            "describe_key",
            {"KeyId": "{id}"},
            "[KeyMetadata][?KeyState!='PendingDeletion'] | [0]",
            same("Description"),
        ),
        Read(
            "kms", "get_key_rotation_status", {"KeyId": "{id}"}, "@", {"EnableKeyRotation": "KeyRotationEnabled"}, True
        ),
        Read(
            "kms",
            "get_key_policy",
            {"KeyId": "{id}", "PolicyName": "default"},
            "@",
            {"KeyPolicy": "parsed(Policy)"},
            True,
        ),
        Read(
            "kms", "list_resource_tags", {"KeyId": "{id}"}, "@", {"Tags": "Tags[].{Key: TagKey, Value: TagValue}"}, True
        ),
    ),
    "AWS::Lambda::Alias": (
        Read(
            "lambda",
            "get_alias",
            {"FunctionName": "{FunctionName}", "Name": "{Name}"},
            "@",
            same("Name", "FunctionVersion"),
        ),
        Read(
            "lambda",
            "get_provisioned_concurrency_config",
            {"FunctionName": "{FunctionName}", "Qualifier": "{Name}"},
            "@",
            {
                "ProvisionedConcurrencyConfig": "{ProvisionedConcurrentExecutions: "
                "RequestedProvisionedConcurrentExecutions}"
            },
            optional=True,
        ),
    ),
    "AWS::Lambda::Function": (
        Read(
            "lambda",
            "get_function",
            {"FunctionName": "{id}"},
            "Configuration",
            same(
                *_FUNCTION,
                Environment="Environment.{Variables: Variables}",
                Layers="Layers[].Arn",
                EphemeralStorage="EphemeralStorage.Size != `512` && EphemeralStorage || null",
                SnapStart="SnapStart.ApplyOn != 'None' && {ApplyOn: SnapStart.ApplyOn} || null",
                VpcConfig="VpcConfig.SubnetIds[0] && "
                "{SubnetIds: VpcConfig.SubnetIds, SecurityGroupIds: VpcConfig.SecurityGroupIds}",
            ),
        ),
        Read("lambda", "get_function", {"FunctionName": "{id}"}, "@", TAGS),
        Read(
            "lambda",
            "get_function_concurrency",
            {"FunctionName": "{id}"},
            "@",
            same("ReservedConcurrentExecutions"),
        ),
    ),
    "AWS::Lambda::LayerVersion": (
        Read(
            "lambda",
            "get_layer_version_by_arn",
            {"Arn": "{id}"},
            "@",
            same("CompatibleArchitectures", "CompatibleRuntimes", "Description"),
        ),
    ),
    "AWS::Lambda::Permission": (
        Read(
            "lambda",
            "get_policy",
            {"FunctionName": "{FunctionName}"},
            "statement(Policy, '{id}')",
            same("Action", "Principal"),
        ),
    ),
    "AWS::Lambda::Url": (
        Read(
            "lambda",
            "get_function_url_config",
            {"FunctionName": "{TargetFunctionArn}", "Qualifier": "{Qualifier}"},
            "@",
            same("AuthType"),
        ),
    ),
    "AWS::Lambda::Version": (
        Read("lambda", "get_function_configuration", {"FunctionName": "{id}"}, "@", same("FunctionName")),
    ),
}
