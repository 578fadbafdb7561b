"""Keys of the CloudFormation outputs that tools and people read."""

from contract.components import Function

ARTIFACTS_BUCKET = "ArtifactsBucketName"
CONFIGURATION_BUCKET = "ConfigurationBucketName"
CACHE_BUCKET = "CacheBucketName"
CA_SECRET_ARN = "CertificateAuthoritySecretArn"  # noqa: S105 - where the secret is, not the secret
USERS_SECRET_ARN = "UsersSecretArn"  # noqa: S105 - where the secret is, not the secret
DASHBOARD_USERS_SECRET_ARN = "DashboardUsersSecretArn"  # noqa: S105 - where the secret is, not the secret
GITHUB_DEPLOY_ROLE_ARN = "GitHubDeployRoleArn"
GITHUB_DIFF_ROLE_ARN = "GitHubDiffRoleArn"
VPC_ID = "VpcId"
IMAGE_PIPELINE_ARN = "ImagePipelineArn"
IMAGE_VERSION = "ImageVersion"
IMAGE_PARAMETER = "ImageParameterName"
BASE_IMAGE_PARAMETER = "BaseImageParameterName"
IMAGE_LOG_GROUP = "ImageLogGroupName"
IMAGE_DISTRIBUTION_ROLE_ARN = "ImageDistributionRoleArn"
BILLS_OF_MATERIALS = "BillsOfMaterialsUri"
IMAGE_DISTRIBUTION_ROLE_ARN = "ImageDistributionRoleArn"
HOSTED_ZONE_ID = "HostedZoneId"
NAME_SERVERS = "NameServers"
LOAD_BALANCER_DNS_NAME = "LoadBalancerDnsName"
TARGET_GROUP_ARN = "TargetGroupArn"
AUTO_SCALING_GROUP_NAME = "AutoScalingGroupName"
PROXY_DOMAIN_NAME = "ProxyDomainName"
DASHBOARD_NAME = "DashboardName"
ALARM_TOPIC_ARN = "AlarmTopicArn"


def function_url(function: Function) -> str:
    """Return the key of a function's URL, for example `HtmlServiceUrl`."""
    return f"{function.pascal}Url"


def function_name(function: Function) -> str:
    """Return the key of a function's physical name, for example `HtmlServiceName`."""
    return f"{function.pascal}Name"
