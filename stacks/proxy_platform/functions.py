"""The functions stack: the four functions, the dependencies that they share, and where their URLs can be read.

And the Valkey cache, if there is to be one: nobody else knows of it than the function that calls it.
"""

from collections.abc import Collection, Mapping

from aws_cdk import CfnOutput
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from config.models import Architecture, Cache, CacheBackend, Functions, Proxy, PythonRuntime
from constructs_lib.bundle import Bundle, Compiler
from constructs_lib.cache import ServerlessValkey
from constructs_lib.functions import DependencyLayer, FunctionPlace, SignedFunction
from contract import environment, outputs, parameters
from contract.cache import LONGEST_TTL
from contract.components import Function, Stack
from stacks.proxy_platform import layout
from stacks.proxy_platform.base import Deployment, PlatformStack
from stacks.proxy_platform.network import NetworkStack
from stacks.proxy_platform.rights import ASKS, functions_in_network

DESCRIPTIONS = {
    Function.HTML_SERVICE: "Takes pages apart into texts, and puts them together again",
    Function.SEMANTIC_TEXT_SERVICE: "Transforms texts",
    Function.CACHE_SERVICE: "Keeps transformed pages",
    Function.PROXY_MANAGEMENT: "Collects the proxy's statistics and shows them",
}

ADDRESSES = {Function.SEMANTIC_TEXT_SERVICE: environment.SEMANTIC_TEXT_SERVICE_URL}
"""By which variable a function is told where another one is."""


DASHBOARD_SCRIPT = "node_modules/htmx.org/dist/htmx.min.js"
"""The one script of the dashboard that is npm's: the version that `package-lock.json` pins by its hash."""

RATING_SHARE = 0.75
"""Of the time that a page has in the functions; the rest is for cache, page and network."""


class FunctionsStack(PlatformStack):
    """The four functions.

    :param roles: execution role of each function.
    :param role_arns: the same roles' ARNs, in words and not as references.
    :param caller_arn: role that calls them.
    :param network: where those functions run that run in one.
    :param cache_stays_days: days that the cache's bucket keeps an object at least.
    :param dashboard_users: ARN of the secret with who may see the dashboard.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        deployment: Deployment,
        functions: Functions,
        cache: Cache,
        cache_stays_days: int,
        proxy: Proxy,
        roles: Mapping[Function, iam.IRole],
        role_arns: Mapping[Function, str],
        caller_arn: str,
        network: NetworkStack,
        dashboard_users: str,
    ) -> None:
        super().__init__(scope, Stack.FUNCTIONS, deployment=deployment, description="Functions of the proxy platform")
        self._functions = functions
        self._proxy = proxy
        self._dashboard_users = dashboard_users
        self._quotas = cache.all_quotas
        self._longest_ttl = min(LONGEST_TTL, cache_stays_days * 86_400)
        self._layers: dict[tuple[PythonRuntime, Architecture], DependencyLayer] = {}
        places = self._places(functions_in_network(functions, cache), network)
        self._valkey = self._make_valkey(cache, places.get(Function.CACHE_SERVICE))
        # Who is asked by another comes before who asks.
        made: dict[Function, SignedFunction] = {}
        for function in sorted(Function, key=lambda each: each in ASKS):
            asked = ASKS.get(function)
            urls = {ADDRESSES[asked]: made[asked].url} if asked else {}
            signed = made[function] = self._function(function, roles[function], places.get(function), urls)
            signed.allow_caller("Instance", role_arn=caller_arn)
            self._announce(function, signed)
            if asked:
                made[asked].allow_caller(function.pascal, role_arn=role_arns[function])

    def _places(self, within: Collection[Function], network: NetworkStack) -> dict[Function, FunctionPlace]:
        """Return where those functions run that run in the network."""
        if not within:
            return {}
        seen = network.seen_by(self)
        subnets = seen.private_subnets if seen.private_subnets.subnets else seen.instance_subnets
        return {
            function: FunctionPlace(seen.vpc, subnets, self._security_group(function, seen.vpc))
            for function in Function
            if function in within
        }

    def _security_group(self, function: Function, vpc: ec2.IVpc) -> ec2.SecurityGroup:
        """Create the group of a function in the VPC: it calls AWS, and nobody connects to it."""
        group = ec2.SecurityGroup(
            self, f"{function.pascal}Group", vpc=vpc, description=f"Function {function.value}", allow_all_outbound=False
        )
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS")
        return group

    def _make_valkey(self, cache: Cache, place: FunctionPlace | None) -> ServerlessValkey | None:
        """Create the cache beside the function that calls it."""
        if cache.backend is not CacheBackend.VALKEY or place is None:
            return None
        return ServerlessValkey(
            self,
            "Valkey",
            name=self.names.resource("cache"),
            description="Transformed pages, in front of their bucket",
            vpc=place.vpc,
            subnets=place.vpc.select_subnets(subnets=place.subnets.subnets).subnets,
            clients=place.security_group,
            data_maximum_gb=cache.valkey.data_maximum_gb,
            ecpu_maximum=cache.valkey.ecpu_per_second_maximum,
            snapshot_retention_days=cache.valkey.snapshot_retention_days,
            key_arn=cache.valkey.key_arn,
        )

    def _layer(self, function: Function) -> DependencyLayer:
        """Return the dependencies for a function's runtime and architecture, one layer for all that have the same."""
        runtime, architecture = self._functions.runtime_of(function), self._functions.architecture_of(function)
        if (runtime, architecture) not in self._layers:
            is_common = (runtime, architecture) == (self._functions.runtime, self._functions.architecture)
            ending = "" if is_common else f"-{runtime.value}-{architecture.value}"
            root = self.deployment.root
            self._layers[runtime, architecture] = DependencyLayer(
                self,
                f"Dependencies{ending}",
                folder=root / ".slipway" / "build" / "layers" / f"{runtime.value}-{architecture.value}",
                requirements=root / "lambda_src" / "requirements.txt",
                runtime=runtime.value,
                architecture=architecture.value,
            )
        return self._layers[runtime, architecture]

    def _function(
        self, function: Function, role: iam.IRole, place: FunctionPlace | None, urls: Mapping[str, str]
    ) -> SignedFunction:
        settings = self._functions.of(function)
        own_layers = [
            lambda_.LayerVersion.from_layer_version_arn(self, f"{function.pascal}Layer{number}", arn)
            for number, arn in enumerate(settings.layers, start=1)
        ]
        return SignedFunction(
            self,
            function.pascal,
            function_name=self.names.function(function),
            description=DESCRIPTIONS[function],
            code=function_code(self.deployment, function, self._functions.runtime_of(function)),
            handler=f"lambda_src.{function.package}.handler.handler",
            layers=[self._layer(function), *own_layers],
            runtime=self._functions.runtime_of(function).value,
            architecture=self._functions.architecture_of(function).value,
            role=role,
            environment={**self._environment(function), **urls},
            memory_mb=settings.memory_mb,
            timeout_seconds=settings.timeout_seconds,
            ephemeral_storage_mb=settings.ephemeral_storage_mb,
            reserved_concurrency=settings.reserved_concurrency,
            provisioned_concurrency=settings.provisioned_concurrency,
            snap_start=settings.snap_start,
            place=place,
            log_retention_days=settings.log_retention_days or self._functions.log_retention_days,
            destroy=self.deployment.destroy,
        )

    def _environment(self, function: Function) -> dict[str, str]:
        settings = self._functions.of(function)
        own = {
            Function.SEMANTIC_TEXT_SERVICE: {
                environment.SENTIMENT_ENGINES: ",".join(self._proxy.semantic_engines),
                environment.RATING_SECONDS: str(self._rating_seconds()),
            },
            Function.CACHE_SERVICE: {
                environment.CACHE_BUCKET: self.names.bucket(layout.CACHE),
                environment.CACHE_TTL_SECONDS: str(self._proxy.cache_ttl_seconds),
                environment.CACHE_LONGEST_TTL_SECONDS: str(self._longest_ttl),
                environment.CACHE_QUOTAS: self._quotas.to_text(),
                **({environment.CACHE_VALKEY: self._valkey.endpoint} if self._valkey else {}),
            },
            Function.PROXY_MANAGEMENT: {
                environment.STATISTICS_BUCKET: self.names.bucket(layout.ARTIFACTS),
                environment.STATISTICS_PREFIX: layout.STATISTICS_PREFIX,
                environment.STATISTICS_INTERVAL_SECONDS: str(self._proxy.statistics_interval_seconds),
                environment.FLEET_SETTINGS_BUCKET: self.names.bucket(layout.CONFIGURATION),
                environment.FLEET_SETTINGS_PREFIX: layout.FLEET_SETTINGS_PREFIX,
                environment.DEFAULT_MODE: self._proxy.default_mode.value,
                environment.DASHBOARD_SECRET_ARN: self._dashboard_users,
            },
        }
        return {
            **settings.environment,
            environment.ENVIRONMENT_NAME: self.names.environment,
            environment.SERVICE_VERSION: self.deployment.version,
            environment.SERVICE_NAME: function.value,
            environment.LOG_LEVEL: settings.log_level.value,
            **own.get(function, {}),
        }

    def _rating_seconds(self) -> float:
        """Return how long texts may be rated: whoever waits has to get the page with those that were in time."""
        ended = self._functions.of(Function.SEMANTIC_TEXT_SERVICE).timeout_seconds
        return min(self._proxy.function_timeout_seconds, ended) * RATING_SHARE

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


def function_code(deployment: Deployment, function: Function, runtime: PythonRuntime) -> Bundle:
    """Return what one function's package holds: its own code and what all share, as sources and as byte code."""
    sources = ["contract", "lambda_src/__init__.py", "lambda_src/shared", f"lambda_src/{function.package}"]
    if function is Function.PROXY_MANAGEMENT:
        sources.append(DASHBOARD_SCRIPT)
    compiler = Compiler(runtime.value, deployment.root / ".slipway" / "build" / "pythons" / runtime.value)
    return Bundle.collect(deployment.root, sources, compiler=compiler)
