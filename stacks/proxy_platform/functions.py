"""The functions stack: the four functions, the dependencies that they share, and where their URLs can be read."""

from collections.abc import Mapping

from aws_cdk import CfnOutput
from aws_cdk import aws_iam as iam
from constructs import Construct

from config.models import Functions, Proxy
from constructs_lib.bundle import Bundle
from constructs_lib.functions import DependencyLayer, SignedFunction
from contract import environment, outputs, parameters
from contract.components import Function, Stack
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack

DESCRIPTIONS = {
    Function.HTML_SERVICE: "Takes pages apart into texts, and puts them together again",
    Function.SEMANTIC_TEXT_SERVICE: "Transforms texts",
    Function.CACHE_SERVICE: "Keeps transformed pages",
    Function.PROXY_MANAGEMENT: "Collects the proxy's statistics and shows them",
}


class FunctionsStack(PlatformStack):
    """The four functions.

    :param roles: execution role of each function.
    :param caller: role that calls them.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        functions: Functions,
        proxy: Proxy,
        roles: Mapping[Function, iam.IRole],
        caller: iam.IRole,
    ) -> None:
        super().__init__(scope, Stack.FUNCTIONS, deployment=deployment, description="Functions of the proxy platform")
        layer = self._layer(functions)
        for function in Function:
            signed = self._function(function, functions, layer, roles[function], proxy)
            signed.allow_caller("Instance", role_arn=caller.role_arn)
            self._announce(function, signed)

    def _layer(self, functions: Functions) -> DependencyLayer:
        runtime, architecture = functions.runtime, functions.architecture.value
        root = self.deployment.root
        return DependencyLayer(
            self,
            "Dependencies",
            folder=root / ".slipway" / "build" / "layers" / f"{runtime.value}-{architecture}",
            requirements=root / "lambda_src" / "requirements.txt",
            runtime=runtime.value,
            architecture=architecture,
        )

    def _function(
        self, function: Function, functions: Functions, layer: DependencyLayer, role: iam.IRole, proxy: Proxy
    ) -> SignedFunction:
        settings = functions.of(function)
        return SignedFunction(
            self,
            function.pascal,
            function_name=self.names.function(function),
            description=DESCRIPTIONS[function],
            code=function_code(self.deployment, function),
            handler=f"lambda_src.{function.package}.handler.handler",
            layer=layer,
            runtime=functions.runtime.value,
            architecture=functions.architecture.value,
            role=role,
            environment=self._environment(function, proxy),
            memory_mb=settings.memory_mb,
            timeout_seconds=settings.timeout_seconds,
            reserved_concurrency=settings.reserved_concurrency,
            log_retention_days=functions.log_retention_days,
            destroy=self.deployment.destroy,
        )

    def _environment(self, function: Function, proxy: Proxy) -> dict[str, str]:
        own = {
            Function.CACHE_SERVICE: {
                environment.CACHE_BUCKET: self.names.bucket(layout.CACHE),
                environment.CACHE_TTL_SECONDS: str(proxy.cache_ttl_seconds),
            },
            Function.PROXY_MANAGEMENT: {
                environment.STATISTICS_BUCKET: self.names.bucket(layout.ARTIFACTS),
                environment.STATISTICS_PREFIX: layout.STATISTICS_PREFIX,
            },
        }
        return {
            environment.ENVIRONMENT_NAME: self.names.environment,
            environment.SERVICE_VERSION: self.deployment.version,
            "POWERTOOLS_SERVICE_NAME": function.value,
            **own.get(function, {}),
        }

    def _announce(self, function: Function, signed: SignedFunction) -> None:
        """Publish where the function is: in a parameter for the instances, in outputs for people and tools."""
        self.publish(
            f"{function.pascal}UrlParameter",
            parameters.function_url(function),
            signed.url,
            description=f"URL of {function.value}",
        )
        CfnOutput(self, outputs.function_url(function), value=signed.url)
        CfnOutput(self, outputs.function_name(function), value=signed.function.function_name)


def function_code(deployment: Deployment, function: Function) -> Bundle:
    """Return what one function's package holds: its own code, and what all share."""
    sources = ["contract", "lambda_src/__init__.py", "lambda_src/shared", f"lambda_src/{function.package}"]
    return Bundle.collect(deployment.root, sources)
