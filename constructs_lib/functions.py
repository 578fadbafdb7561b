"""Lambda functions in Python: code and dependencies apart, a published version behind an alias, and its signed URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import Duration, Size
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.bundle import Bundle
from constructs_lib.logs import OwnedLogGroup
from constructs_lib.policy.findings import HIPAA, NIST, acknowledge, in_standards

ALIAS = "live"
DEFAULT_STORAGE_MB = 512


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
        # What the set-up does with the packages is part of it; one more than the last where that changes.
        identity = f"{requirements.read_text(encoding='utf-8')}\n{runtime} {architecture} with byte code, 2"
        super().__init__(
            scope,
            construct_id,
            code=Bundle.collect(folder, ["python"], identity=identity).as_code(),
            compatible_runtimes=[python_runtime(runtime)],
            compatible_architectures=[lambda_architecture(architecture)],
            description="Dependencies of the functions",
        )


@dataclass(frozen=True)
class FunctionPlace:
    """Where in a VPC a function runs; its role needs the rights that Lambda uses to put it there.

    :param security_group: who it may connect to; nobody connects to a function.
    """

    vpc: ec2.IVpc
    subnets: ec2.SubnetSelection
    security_group: ec2.ISecurityGroup

    def options(self) -> dict[str, Any]:
        """Return the options of a function that say so."""
        return {
            "vpc": self.vpc,
            "vpc_subnets": self.subnets,
            "security_groups": [self.security_group],
            # There it gets no public address. Who needs no more than S3, which has an endpoint in the VPC, can do so.
            "allow_public_subnet": True,
        }


class SignedFunction(Construct):
    """A function behind the alias `live`, whose URL answers signed requests of its callers only.

    Nobody calls it without waiting for the answer, as its callers' permission holds through the URL only. So there is
    nothing for Lambda to try again, and no queue for calls that failed: the caller is told, and decides.

    :param function_name: physical name; policies elsewhere are written on it.
    :param layers: from the lowest to the uppermost, whose files win.
    :param role: what the function may do; nothing is added to it here.
    :param memory_mb: memory, in MB.
    :param timeout_seconds: time, in seconds, after which an invocation is ended.
    :param ephemeral_storage_mb: size of `/tmp`, in MB.
    :param reserved_concurrency: most invocations at a time; none for the account's pool.
    :param provisioned_concurrency: execution environments that are kept ready behind the alias; none for cold starts.
    :param snap_start: begin cold starts from a snapshot; excludes the former.
    :param place: where in a VPC it runs; none for outside of any.
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
        layers: Sequence[lambda_.ILayerVersion],
        runtime: str,
        architecture: str,
        role: iam.IRole,
        environment: Mapping[str, str],
        memory_mb: int,
        timeout_seconds: int,
        log_retention_days: int,
        destroy: bool,
        ephemeral_storage_mb: int = DEFAULT_STORAGE_MB,
        reserved_concurrency: int | None = None,
        provisioned_concurrency: int | None = None,
        snap_start: bool = False,
        place: FunctionPlace | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=function_name,
            description=description,
            code=code.as_code(),
            handler=handler,
            layers=list(layers),
            runtime=python_runtime(runtime),
            architecture=lambda_architecture(architecture),
            # Its permissions are all spelled out where the role is made.
            role=role.without_policy_updates() if isinstance(role, iam.Role) else role,
            environment=dict(environment),
            memory_size=memory_mb,
            timeout=Duration.seconds(timeout_seconds),
            ephemeral_storage_size=_storage(ephemeral_storage_mb),
            reserved_concurrent_executions=reserved_concurrency,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if snap_start else None,
            log_group=self._log_group(function_name, log_retention_days, destroy=destroy),
            tracing=lambda_.Tracing.ACTIVE,
            **(place.options() if place else {}),
        )
        _accept_findings(
            self.function,
            is_placed=place is not None,
            has_share=reserved_concurrency is not None,
            snap_start=snap_start,
        )
        self.alias = self._alias(provisioned_concurrency)
        self.url = self.alias.add_function_url(auth_type=lambda_.FunctionUrlAuthType.AWS_IAM).url

    def _log_group(self, function_name: str, retention_days: int, *, destroy: bool) -> OwnedLogGroup:
        name = f"/aws/lambda/{function_name}"
        return OwnedLogGroup(self, "LogGroup", log_group_name=name, retention_days=retention_days, destroy=destroy)

    def _alias(self, provisioned_concurrency: int | None) -> lambda_.Alias:
        return lambda_.Alias(
            self,
            "Live",
            alias_name=ALIAS,
            version=self.function.current_version,
            provisioned_concurrent_executions=provisioned_concurrency,
        )

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


def _accept_findings(function: lambda_.Function, *, is_placed: bool, has_share: bool, snap_start: bool) -> None:
    """Accept what the rule packs find in every function, and in those without a place or a share of their own.

    :param is_placed: whether it runs in a VPC.
    :param has_share: whether it has concurrency of its own.
    """
    acknowledge(
        function,
        "AwsSolutions-L1",
        reason="the runtime is the one that the dependency layer is built and tested for; it is raised by "
        "configuration, together with the layer",
    )
    acknowledge(
        function,
        *in_standards("LambdaDLQ", NIST, HIPAA),
        reason="it is only ever called by its URL, and whoever waits for the answer hears of a failure at once",
    )
    if not is_placed:
        acknowledge(
            function,
            *in_standards("LambdaInsideVPC"),
            reason="it reaches nothing in the VPC, and only a signed call of the proxy reaches it; configuration "
            "can put it inside",
        )
    if not has_share:
        acknowledge(
            function,
            *in_standards("LambdaConcurrency", NIST, HIPAA),
            reason="a share of its own would be taken from all others of the account, of which a new one has ten; "
            "configuration can give one, and throttling raises an alarm",
        )
    if snap_start:
        acknowledge(
            function,
            "Annotation::@aws-cdk/aws-lambda:snapStartRequirePublish",
            reason="a version of it is published, and only that is ever called",
        )


def _storage(size_mb: int) -> Size | None:
    """Return the size of `/tmp`; none for AWS's own, so that a template without another stays as it is."""
    return None if size_mb == DEFAULT_STORAGE_MB else Size.mebibytes(size_mb)


def python_runtime(name: str) -> lambda_.Runtime:
    """Return the runtime of that name, for example `python3.12`; from that one on they can begin from a snapshot."""
    return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON, supports_snap_start=True)


def lambda_architecture(name: str) -> lambda_.Architecture:
    """Return the architecture of that name, `arm64` or `x86_64`."""
    return lambda_.Architecture.custom(name)
