"""The proxy platform as a whole: builds its nine stacks and hands each what it needs of the others."""

from pathlib import Path

from aws_cdk import App

from config.models import Configuration
from stacks.proxy_platform.base import Deployment
from stacks.proxy_platform.dns import DnsStack
from stacks.proxy_platform.fleet import FleetStack
from stacks.proxy_platform.functions import FunctionsStack
from stacks.proxy_platform.identity import IdentityStack
from stacks.proxy_platform.image import ImageStack
from stacks.proxy_platform.network import NetworkStack
from stacks.proxy_platform.observability import ObservabilityStack
from stacks.proxy_platform.records import RecordsStack
from stacks.proxy_platform.storage import StorageStack


def add_proxy_platform(app: App, configuration: Configuration, *, root: Path) -> None:
    """Add the platform's stacks to an application.

    Three stacks need nothing (identity, storage, network); image, functions and dns need those; the fleet needs these;
    records and observability need the fleet. So a deployment is four stacks deep.

    :param root: the folder that sources are taken from.
    """
    deployment = Deployment.of(configuration, root=root)
    identity = IdentityStack(app, deployment=deployment, identity=configuration.identity)
    storage = StorageStack(app, deployment=deployment, storage=configuration.storage)
    network = NetworkStack(
        app,
        deployment=deployment,
        network=configuration.network,
        fleet=configuration.fleet,
        proxy=configuration.proxy,
    )
    dns = DnsStack(app, deployment=deployment, dns=configuration.dns, vpc=network.vpc)
    image = ImageStack(
        app,
        deployment=deployment,
        image=configuration.image,
        vpc=network.vpc,
        subnets=network.instance_subnets,
        security_group=network.build_security_group,
    )
    functions = FunctionsStack(
        app,
        deployment=deployment,
        functions=configuration.functions,
        proxy=configuration.proxy,
        roles=identity.function_roles,
        caller=identity.instance_role,
    )
    fleet = _add_fleet(app, deployment, configuration, identity, storage, network)
    records = RecordsStack(app, deployment=deployment, records=configuration.records, zone=dns.zone)
    observability = ObservabilityStack(app, deployment=deployment, observability=configuration.observability)
    # What stacks know of each other by name only, the CDK cannot see: the buckets, the parameters that an instance
    # reads when it boots, and those that say where the load balancer is.
    image.add_stack_dependency(storage)
    functions.add_stack_dependency(storage)
    fleet.add_stack_dependency(image)
    fleet.add_stack_dependency(functions)
    records.add_stack_dependency(fleet)
    observability.add_stack_dependency(fleet)


def _add_fleet(
    app: App,
    deployment: Deployment,
    configuration: Configuration,
    identity: IdentityStack,
    storage: StorageStack,
    network: NetworkStack,
) -> FleetStack:
    return FleetStack(
        app,
        deployment=deployment,
        fleet=configuration.fleet,
        proxy=configuration.proxy,
        vpc=network.vpc,
        public_subnets=network.public_subnets,
        instance_subnets=network.instance_subnets,
        security=network.security,
        instance_profile=identity.instance_profile,
        access_logs_bucket=storage.artifacts,
    )
