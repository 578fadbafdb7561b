"""The identity stack: what the instances, each function and GitHub's jobs may do, and the secrets of the proxy.

All resources of other stacks are named by their physical names, which configuration decides, so this stack needs none.
Roles that exist already are used as they are: whoever made them has to allow what the roles made here are allowed.
"""

from collections.abc import Sequence

from aws_cdk import CfnOutput, DefaultStackSynthesizer
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from config.models import Cache, Functions, GitHub, Identity, Proxy, Storage
from constructs_lib.access import NarrowRole, ServiceRole
from constructs_lib.functions import ALIAS
from constructs_lib.github import GitHubProvider, GitHubRole, bootstrap_roles, provider_arn
from constructs_lib.policy.findings import HIPAA, NIST, acknowledge, in_standards
from constructs_lib.removal import removal_policy
from contract import metrics, outputs, parameters
from contract.components import Function, Stack
from contract.modes import Engine
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.image_rights import allow_images
from stacks.proxy_platform.rights import (
    ASKS,
    NO_RESOURCE,
    allow_bucket_key,
    allow_comprehend,
    allow_network,
    functions_in_network,
)

SESSION_KEY_CHARACTERS = 64
"""Letters and digits: some 380 bits, of which the signature uses 256."""


class IdentityStack(PlatformStack):
    """Roles and secrets.

    :param regions: all regions of the deployment, for the roles that deploy; empty where another region makes those.
    :ivar instance_profile: profile of the proxy instances.
    :ivar instance_role: its role.
    :ivar instance_role_arn: its role's ARN, in words and not as a reference.
    :ivar function_roles: execution role of each function.
    :ivar function_role_arns: the same roles' ARNs, in words and not as references.
    :ivar dashboard_users: ARN of the secret with who may see the dashboard, and the key of their sessions.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        identity: Identity,
        proxy: Proxy,
        storage: Storage,
        functions: Functions,
        cache: Cache,
        regions: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, Stack.IDENTITY, deployment=deployment, description="Roles of the proxy platform")
        self._session_seconds = identity.session_duration_seconds
        self._semantic_engines = proxy.semantic_engines
        authority = self._certificate_authority()
        users = self._users(proxy)
        self.dashboard_users = self._dashboard_users()
        self.instance_role, self.instance_profile = self._existing_instance(identity) or self._new_instance(
            authority, users
        )
        existing = identity.existing
        self.instance_role_arn = existing.instance.role_arn if existing.instance else self._role_arn("instance")
        self.function_role_arns = {
            function: existing.functions.get(function) or self._role_arn(function.value) for function in Function
        }
        in_network = functions_in_network(functions, cache)
        self.function_roles = {
            function: self._existing_function(identity, function)
            or self._new_function(function, storage, in_network=function in in_network)
            for function in Function
        }
        if identity.github and regions:
            self._let_github_deploy(identity.github, regions)

    def _certificate_authority(self) -> str:
        """Create the secret, empty, and return its ARN. The first instance that boots makes the CA and stores it."""
        secret = self._secret(
            "CertificateAuthority",
            "Private key and certificate of the CA",
            reason="a new CA has to be trusted by every user first, so it is changed by command, never by a schedule",
        )
        self.publish("CaSecretArnParameter", parameters.CA_SECRET_ARN, secret, description="Secret of the CA")
        CfnOutput(self, outputs.CA_SECRET_ARN, value=secret)
        return secret

    def _users(self, proxy: Proxy) -> str | None:
        """Return the ARN of the secret with the proxy's users, if it has any; where it exists already, that one's."""
        if not proxy.authentication.required:
            return None
        secret = proxy.authentication.secret_arn or self._secret(
            "Users",
            "Users of the proxy and hashes of their passwords",
            reason="people choose these passwords, and nobody but them can change one",
        )
        self.publish("UsersSecretArnParameter", parameters.USERS_SECRET_ARN, secret, description="Users of the proxy")
        CfnOutput(self, outputs.USERS_SECRET_ARN, value=secret)
        return secret

    def _dashboard_users(self) -> str:
        """Create the secret, with a key for sessions and no users yet, and return its ARN.

        CloudFormation makes the key, so that no template holds it, and makes it anew if these words ever change: then
        the users have to be added again.
        Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
        """
        secret = self._secret(
            "DashboardUsers",
            "Users of the dashboard, hashes of their passwords, and the key of their sessions",
            reason="people choose these passwords, and nobody but them can change one; another key would sign all out",
            generated=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template='{"users": {}}',  # noqa: S106 - the key is what CloudFormation adds
                generate_string_key="session_key",
                password_length=SESSION_KEY_CHARACTERS,
                exclude_punctuation=True,
            ),
        )
        CfnOutput(self, outputs.DASHBOARD_USERS_SECRET_ARN, value=secret)
        return secret

    def _secret(
        self,
        construct_id: str,
        description: str,
        *,
        reason: str,
        generated: secretsmanager.CfnSecret.GenerateSecretStringProperty | None = None,
    ) -> str:
        """Create a secret and return its ARN.

        :param reason: why no schedule changes what is in it.
        :param generated: what CloudFormation puts into it; nothing, if none is given.
        """
        secret = secretsmanager.CfnSecret(self, construct_id, description=description, generate_secret_string=generated)
        secret.apply_removal_policy(removal_policy(destroy=self.deployment.destroy))
        rotation = ("AwsSolutions-SMG4", *in_standards("SecretsManagerRotationEnabled", NIST, HIPAA))
        acknowledge(secret, *rotation, reason=reason)
        acknowledge(
            secret,
            *in_standards("SecretsManagerUsingKMSKey"),
            reason="Secrets Manager encrypts it with the account's key, and only named roles may read it",
        )
        return secret.ref

    def _existing_instance(self, identity: Identity) -> tuple[iam.IRole, iam.IInstanceProfile] | None:
        existing = identity.existing.instance
        if existing is None:
            return None
        role = iam.Role.from_role_arn(self, "InstanceRole", existing.role_arn, mutable=False)
        profile = iam.InstanceProfile.from_instance_profile_arn(self, "InstanceProfile", existing.profile_arn)
        return role, profile

    def _role_arn(self, short: str) -> str:
        """Return the ARN that a role has by its name.

        Other stacks name the role where a property cannot change in place, for which no output will do (ADR 22).
        """
        path = self.deployment.role_path or "/"
        return f"arn:{self.partition}:iam::{self.account}:role{path}{self.names.role(short)}"

    def _new_instance(self, authority: str, users: str | None) -> tuple[iam.IRole, iam.IInstanceProfile]:
        role = self._role("InstanceRole", "instance", service="ec2.amazonaws.com", description="Instances of the proxy")
        self._allow_settings(role, authority, users)
        self._allow_calls(role, tuple(Function))
        self._allow_lifecycle(role)
        self._allow_operation(role)
        self._allow_telling(role)
        profile = iam.InstanceProfile(
            self,
            "InstanceProfile",
            instance_profile_name=self.names.role("instance"),
            path=self.deployment.role_path,
            role=role,
        )
        return role, profile

    def _role(self, construct_id: str, short: str, *, service: str, description: str) -> ServiceRole:
        return ServiceRole(
            self,
            construct_id,
            service=service,
            role_name=self.names.role(short),
            path=self.deployment.role_path,
            description=description,
            max_session_seconds=self._session_seconds if service == "ec2.amazonaws.com" else 3600,
        )

    def _allow_settings(self, role: NarrowRole, authority: str, users: str | None) -> None:
        """Let the instances read what they need to know, and keep the CA that the first of them makes."""
        parameter = self._arn("ssm", f"parameter{self.names.parameter_prefix}")
        role.allow(
            "ReadParameters",
            "ssm:GetParametersByPath",
            on=[parameter, f"{parameter}/*"],
            wildcard_reason="the instance reads all parameters of its own deployment, and of no other",
        )
        role.allow(
            "KeepCertificateAuthority",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            on=[authority],
        )
        if users:
            role.allow("ReadUsers", "secretsmanager:GetSecretValue", on=[users])

    def _allow_calls(self, role: NarrowRole, called: Sequence[Function]) -> None:
        """Let a role call the URLs of functions, which takes two permissions."""
        aliases = [f"{self._arn('lambda', f'function:{self.names.function(each)}')}:{ALIAS}" for each in called]
        role.allow(
            "CallFunctionUrls",
            "lambda:InvokeFunctionUrl",
            on=aliases,
            conditions={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        )
        role.allow(
            "CallFunctionsThroughUrls",
            "lambda:InvokeFunction",
            on=aliases,
            conditions={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        )

    def _allow_lifecycle(self, role: NarrowRole) -> None:
        """Let an instance say that it serves or never will, and in the end that it drains and that it is done."""
        group = f"autoScalingGroup:*:autoScalingGroupName/{self.names.resource('proxy')}"
        role.allow(
            "Lifecycle",
            "autoscaling:CompleteLifecycleAction",
            "autoscaling:RecordLifecycleActionHeartbeat",
            on=[self._arn("autoscaling", group)],
            wildcard_reason="a part of the ARN is an id that EC2 Auto Scaling makes",
        )

    def _allow_operation(self, role: NarrowRole) -> None:
        """Let operators open a session."""
        role.allow(
            "RegisterWithSystemsManager",
            "ssm:UpdateInstanceInformation",
            on=[self._arn("ec2", "instance/*")],
            wildcard_reason="EC2 makes the ids of the instances that the group launches",
        )
        role.allow(
            "SessionManager",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
            on=["*"],
            wildcard_reason=NO_RESOURCE,
        )

    def _allow_telling(self, role: NarrowRole) -> None:
        """Let the CloudWatch agent send logs into the instances' own group, and metrics into our namespace."""
        role.allow(
            "WriteLogs",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=[f"{self._arn('logs', f'log-group:{self.names.instance_logs}')}:*"],
            wildcard_reason="each instance writes a stream of its own in their one group",
        )
        role.allow(
            "WriteMetrics",
            "cloudwatch:PutMetricData",
            on=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": metrics.INSTANCE_NAMESPACE}},
            wildcard_reason="metrics are no resources; the condition holds for one namespace",
        )

    def _existing_function(self, identity: Identity, function: Function) -> iam.IRole | None:
        arn = identity.existing.functions.get(function)
        return iam.Role.from_role_arn(self, f"{function.pascal}Role", arn, mutable=False) if arn else None

    def _new_function(self, function: Function, storage: Storage, *, in_network: bool) -> iam.IRole:
        role = self._role(
            f"{function.pascal}Role",
            function.value,
            service="lambda.amazonaws.com",
            description=f"Function {function.value}",
        )
        role.allow(
            "Logs",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=[f"{self._arn('logs', f'log-group:{self.names.function_logs(function)}')}:*"],
            wildcard_reason="each container of the function writes a stream of its own in its one group",
        )
        role.allow(
            "Traces",
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            on=["*"],
            wildcard_reason=NO_RESOURCE,
        )
        if function in ASKS:
            self._allow_calls(role, (ASKS[function],))
        match function:
            case Function.SEMANTIC_TEXT_SERVICE if Engine.COMPREHEND in self._semantic_engines:
                allow_comprehend(role)
            case Function.CACHE_SERVICE:
                reason = "the cache's objects are named by what callers keep, and by hashes of it"
                self._allow_objects(
                    role, layout.CACHE, "*", "s3:DeleteObject", "s3:AbortMultipartUpload", reason=reason
                )
                allow_bucket_key(role, storage.cache, self)
            case Function.PROXY_MANAGEMENT:
                reason = "there is an object for each process of the proxy and hour"
                self._allow_objects(role, layout.ARTIFACTS, f"{layout.STATISTICS_PREFIX}/*", reason=reason)
                self._allow_fleet_settings(role)
                allow_bucket_key(role, storage.configuration, self)
                role.allow("ReadDashboardUsers", "secretsmanager:GetSecretValue", on=[self.dashboard_users])
        if in_network:
            allow_network(role, self._arn("lambda", f"function:{self.names.function(function)}"))
        return role

    def _allow_objects(self, role: NarrowRole, purpose: str, names: str, *more: str, reason: str) -> None:
        """Let a role read and write objects, and do what else is named."""
        bucket = f"arn:{self.partition}:s3:::{self.names.bucket(purpose)}"
        role.allow("Objects", "s3:GetObject", "s3:PutObject", *more, on=[f"{bucket}/{names}"], wildcard_reason=reason)
        # Without it S3 answers 403, not 404, for an object that is not there; a condition on the prefix would not hold
        # for such a question, which has none.
        role.allow("List", "s3:ListBucket", on=[bucket])

    def _allow_fleet_settings(self, role: NarrowRole) -> None:
        """Let a role add versions of the fleet's settings, and neither change nor delete one: they are the audit trail.

        Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
        """
        bucket = f"arn:{self.partition}:s3:::{self.names.bucket(layout.CONFIGURATION)}"
        versions = [f"{bucket}/{layout.FLEET_SETTINGS_PREFIX}/*"]
        reason = "each version of the settings is an object of its own"
        role.allow("ReadFleetSettings", "s3:GetObject", on=versions, wildcard_reason=reason)
        only_new = {"Null": {"s3:if-none-match": "false"}}
        role.allow("AddFleetSettings", "s3:PutObject", on=versions, conditions=only_new, wildcard_reason=reason)
        role.allow("ListFleetSettings", "s3:ListBucket", on=[bucket])

    def _let_github_deploy(self, github: GitHub, regions: Sequence[str]) -> None:
        """Trust the jobs of one repository: in the right environment to deploy, of pull requests to show changes."""
        if github.create_provider:
            provider = GitHubProvider(self, "GitHub").oidc_provider_arn
        else:
            provider = provider_arn(partition=self.partition, account=self.account)
        situation = f"environment:{github.environment or self.names.environment}"
        deploy = self._github_role("Deploy", github, provider, situation, "Deploys from GitHub Actions")
        deploy.allow(
            "AssumeBootstrapRoles",
            "sts:AssumeRole",
            on=bootstrap_roles(
                partition=self.partition,
                account=self.account,
                regions=regions,
                qualifier=DefaultStackSynthesizer.DEFAULT_QUALIFIER,
            ),
        )
        allow_images(deploy, self, regions)
        CfnOutput(self, outputs.GITHUB_DEPLOY_ROLE_ARN, value=deploy.role_arn)
        if github.diff_on_pull_requests:
            diff = self._github_role("Diff", github, provider, "pull_request", "Shows changes in pull requests")
            self._allow_comparing(diff, regions)
            CfnOutput(self, outputs.GITHUB_DIFF_ROLE_ARN, value=diff.role_arn)

    def _github_role(self, what: str, github: GitHub, provider: str, situation: str, description: str) -> GitHubRole:
        return GitHubRole(
            self,
            f"GitHub{what}Role",
            provider=provider,
            repository=github.repository,
            situation=situation,
            role_name=self.names.role(f"github-{what.lower()}"),
            path=self.deployment.role_path,
            description=description,
            max_session_seconds=self._session_seconds,
        )

    def _allow_comparing(self, role: NarrowRole, regions: Sequence[str]) -> None:
        """Let a role read the templates of the deployment's stacks, and nothing that they made."""
        stacks = f"{self.account}:stack/{self.names.prefix}-*/*"
        role.allow(
            "ReadStacks",
            "cloudformation:DescribeStacks",
            "cloudformation:GetTemplate",
            on=[f"arn:{self.partition}:cloudformation:{region}:{stacks}" for region in regions],
            wildcard_reason="CloudFormation makes the ids of the deployment's own stacks",
        )

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"
