"""The identity stack: what the instances and each function may do, and the secret of the certificate authority.

All resources of other stacks are named by their physical names, which configuration decides, so this stack needs none.
"""

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from config.models import Identity
from constructs_lib.access import ServiceRole
from constructs_lib.functions import ALIAS
from constructs_lib.policy.findings import acknowledge
from constructs_lib.removal import removal_policy
from contract import outputs, parameters
from contract.components import Function, Stack
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack

NO_RESOURCE = "AWS defines no resource for these actions, so a policy can name none"


class IdentityStack(PlatformStack):
    """Roles and the CA's secret.

    :ivar instance_profile: profile of the proxy instances.
    :ivar instance_role: its role.
    :ivar function_roles: execution role of each function.
    """

    def __init__(self, scope: Construct, *, deployment: Deployment, identity: Identity) -> None:
        super().__init__(scope, Stack.IDENTITY, deployment=deployment, description="Roles of the proxy platform")
        secret = self._certificate_authority()
        self.instance_role = self._instance_role(identity, secret)
        self.instance_profile = iam.InstanceProfile(
            self,
            "InstanceProfile",
            instance_profile_name=self.names.role("instance"),
            role=self.instance_role,
        )
        self.function_roles = {function: self._function_role(function) for function in Function}
        self._allow_cache()
        self._allow_statistics()

    def _certificate_authority(self) -> str:
        """Create the secret, empty, and return its ARN. The first instance that boots makes the CA and stores it."""
        secret = secretsmanager.CfnSecret(
            self, "CertificateAuthority", description="Private key and certificate of the CA"
        )
        secret.apply_removal_policy(removal_policy(destroy=self.deployment.destroy))
        acknowledge(
            secret,
            "AwsSolutions-SMG4",
            reason="a new CA has to be trusted by every user first, so it is changed by command, never by a schedule",
        )
        self.publish("CaSecretArnParameter", parameters.CA_SECRET_ARN, secret.ref, description="Secret of the CA")
        CfnOutput(self, outputs.CA_SECRET_ARN, value=secret.ref)
        return secret.ref

    def _instance_role(self, identity: Identity, secret_arn: str) -> ServiceRole:
        role = ServiceRole(
            self,
            "InstanceRole",
            service="ec2.amazonaws.com",
            role_name=self.names.role("instance"),
            description="Instances of the proxy",
            max_session_seconds=identity.session_duration_seconds,
        )
        parameter = f"arn:{self.partition}:ssm:{self.region}:{self.account}:parameter{self.names.parameter_prefix}"
        role.allow(
            "ReadParameters",
            "ssm:GetParametersByPath",
            "ssm:GetParameters",
            "ssm:GetParameter",
            on=[parameter, f"{parameter}/*"],
            wildcard_reason="the instance reads all parameters of its own deployment, and of no other",
        )
        role.allow(
            "KeepCertificateAuthority",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            on=[secret_arn],
        )
        self._allow_calls(role)
        self._allow_operation(role)
        return role

    def _allow_calls(self, role: ServiceRole) -> None:
        """Let the instances call the functions' URLs, which takes two permissions."""
        aliases = [f"{self._function_arn(function)}:{ALIAS}" for function in Function]
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

    def _allow_operation(self, role: ServiceRole) -> None:
        """Let operators open a session."""
        role.allow(
            "SessionManager",
            "ssm:UpdateInstanceInformation",
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
            on=["*"],
            wildcard_reason=NO_RESOURCE,
        )

    def _function_role(self, function: Function) -> ServiceRole:
        role = ServiceRole(
            self,
            f"{function.pascal}Role",
            service="lambda.amazonaws.com",
            role_name=self.names.role(function.value),
            description=f"Function {function.value}",
        )
        role.allow(
            "Logs",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            on=[f"{self._log_group_arn(f'/aws/lambda/{self.names.function(function)}')}:*"],
            wildcard_reason="each container of the function writes a stream of its own in its one group",
        )
        role.allow(
            "Traces",
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            on=["*"],
            wildcard_reason=NO_RESOURCE,
        )
        return role

    def _allow_cache(self) -> None:
        self._allow_objects(
            Function.CACHE_SERVICE,
            self._bucket_arn(layout.CACHE),
            "*",
            reason="the cache's objects are named by the hashes of pages",
        )

    def _allow_statistics(self) -> None:
        self._allow_objects(
            Function.PROXY_MANAGEMENT,
            self._bucket_arn(layout.ARTIFACTS),
            f"{layout.STATISTICS_PREFIX}/*",
            reason="there is an object for each process of the proxy",
        )

    def _allow_objects(self, function: Function, bucket: str, names: str, *, reason: str) -> None:
        role = self.function_roles[function]
        role.allow("Objects", "s3:GetObject", "s3:PutObject", on=[f"{bucket}/{names}"], wildcard_reason=reason)
        # Without it S3 answers 403, not 404, for an object that is not there; a condition on the prefix would not hold
        # for such a question, which has none.
        role.allow("List", "s3:ListBucket", on=[bucket])

    def _function_arn(self, function: Function) -> str:
        return f"arn:{self.partition}:lambda:{self.region}:{self.account}:function:{self.names.function(function)}"

    def _log_group_arn(self, name: str) -> str:
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:{name}"

    def _bucket_arn(self, purpose: str) -> str:
        return f"arn:{self.partition}:s3:::{self.names.bucket(purpose)}"
