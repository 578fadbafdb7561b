"""Lambda functions in Python: code and dependencies apart, a published version behind an alias, and its signed URL."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.bundle import Bundle
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.policy.findings import acknowledge

ALIAS = "live"


class LayerMissingError(Exception):
    """The folder of a dependency layer is not there; the message says how to make it."""


class DependencyLayer(lambda_.LayerVersion):
    """What all functions need beside the runtime, from a folder that the set-up has filled.

    :param folder: the layer's contents; its `python` folder is on the path of the functions.
    :param requirements: the lock file that the folder was made from; its text decides the asset's hash, so that a
        machine that fills the folder in another order or with other time stamps gives the same template.
    :raises LayerMissingError: if the folder is not there.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        folder: Path,
        requirements: Path,
        runtime: str,
        architecture: str,
    ) -> None:
        if not (folder / "python").is_dir():
            raise LayerMissingError(
                f"the functions' dependencies for {runtime} on {architecture} are not at {folder}; run `make setup`"
            )
        identity = f"{requirements.read_text(encoding='utf-8')}\n{runtime} {architecture}"
        super().__init__(
            scope,
            construct_id,
            code=Bundle.collect(folder, ["python"], identity=identity).as_code(),
            compatible_runtimes=[python_runtime(runtime)],
            compatible_architectures=[lambda_architecture(architecture)],
            description="Dependencies of the functions",
        )


class SignedFunction(Construct):
    """A function behind the alias `live`, whose URL answers signed requests of its callers only.

    :param function_name: physical name; policies elsewhere are written on it.
    :param role: what the function may do; nothing is added to it here.
    :param memory_mb: memory, in MB.
    :param timeout_seconds: time, in seconds, after which an invocation is ended.
    :param reserved_concurrency: most invocations at a time; none for the account's pool.
    :param log_retention_days: age, in days, at which logs may be deleted.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function_name: str,
        description: str,
        code: Bundle,
        handler: str,
        layer: lambda_.ILayerVersion,
        runtime: str,
        architecture: str,
        role: iam.IRole,
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        log_retention_days: int,
        destroy: bool,
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        log_group = OwnedLogGroup(
            self,
            "LogGroup",
            log_group_name=f"/aws/lambda/{function_name}",
            retention_days=log_retention_days,
            destroy=destroy,
        )
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=description,
            code=code.as_code(),
            handler=handler,
            layers=[layer],
            runtime=python_runtime(runtime),
            architecture=lambda_architecture(architecture),
            # Its permissions are all spelled out where the role is made.
            role=role.without_policy_updates() if isinstance(role, iam.Role) else role,
            environment=dict(environment),
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            reserved_concurrent_executions=reserved_concurrency,
            log_group=log_group,
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            reason="the runtime is the one that the dependency layer is built and tested for; it is raised by "
            "configuration, together with the layer",
        )
        self.alias = lambda_.Alias(self, "Live", alias_name=ALIAS, version=self.function.current_version)
        self.url = self.alias.add_function_url(auth_type=lambda_.FunctionUrlAuthType.AWS_IAM).url

    def allow_caller(self, caller: str, *, role_arn: str) -> None:
        """Let a role call the URL.

        An alias's URL needs both permissions; with the first alone every call is answered with 403.
        Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html

        :param caller: who it is, in one PascalCase word.
        """
        principal = iam.ArnPrincipal(role_arn)
        self.alias.add_permission(
            f"{caller}Url",
            principal=principal,
            action="lambda:InvokeFunctionUrl",
            function_url_auth_type=lambda_.FunctionUrlAuthType.AWS_IAM,
        )
        self.alias.add_permission(
            f"{caller}Function", principal=principal, action="lambda:InvokeFunction", invoked_via_function_url=True
        )


def python_runtime(name: str) -> lambda_.Runtime:
    """Return the runtime of that name, for example `python3.12`."""
    return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON)


def lambda_architecture(name: str) -> lambda_.Architecture:
    """Return the architecture of that name, `arm64` or `x86_64`."""
    return lambda_.Architecture.custom(name)
