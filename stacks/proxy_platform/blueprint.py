"""The proxy platform as a whole: builds the nine stacks of each region and hands each what it needs of the others."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App

from config.cost import budget_region, monthly_budget
from config.models import Configuration
from config.prices import read_catalogue
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
    """Add the platform's stacks to an application: those of each region, and the hosted zone once.

    In a region, three stacks need nothing (identity, storage, network); image, functions and dns need those; the fleet
    needs these; records and observability need the fleet. So a deployment is four stacks deep, however many regions it
    has: beyond the first, regions wait for nothing of each other but the zone.

    :param root: the folder that sources are taken from.
    """
    home_region, *others = configuration.regions
    budget = {budget_region(configuration): monthly_budget(configuration, read_catalogue())}
    home = Region.build(app, configuration.in_region(home_region), regions=configuration.regions, root=root)
    dns = DnsStack(app, deployment=home.deployment, dns=configuration.dns, network=home.network)
    home.add_records(app, dns)
    home.add_observability(app, budget_usd=budget.get(home_region))
    for name in others:
        region = Region.build(app, configuration.in_region(name), root=root)
        region.add_records(app, dns)
        region.add_observability(app, budget_usd=budget.get(name))


@dataclass(frozen=True)
class Region:
    """The stacks of one region that others have to know.

    :param configuration: the view of this region.
    """

    configuration: Configuration
    deployment: Deployment
    network: NetworkStack
    fleet: FleetStack

    @classmethod
    def build(
        cls,
        app: App,
        configuration: Configuration,
        *,
        regions: tuple[str, ...] = (),
        root: Path,
    ) -> "Region":
        """Add all stacks of a region but those that look at the fleet from outside.

        :param configuration: the view of that region.
        :param regions: all regions of the deployment, where that one is the first; empty for the others.
        """
        deployment = Deployment.of(configuration, is_home=bool(regions), root=root)
        identity = IdentityStack(
            app,
            deployment=deployment,
            identity=configuration.identity,
            proxy=configuration.proxy,
            storage=configuration.storage,
            functions=configuration.functions,
            cache=configuration.cache,
            regions=regions,
        )
        storage = StorageStack(app, deployment=deployment, storage=configuration.storage)
        network = NetworkStack(
            app,
            deployment=deployment,
            network=configuration.network,
            fleet=configuration.fleet,
            proxy=configuration.proxy,
        )
        image = ImageStack(
            app,
            deployment=deployment,
            image=configuration.image,
            network=network,
        )
        functions = FunctionsStack(
            app,
            deployment=deployment,
            functions=configuration.functions,
            cache=configuration.cache,
            proxy=configuration.proxy,
            roles=identity.function_roles,
            caller_arn=identity.instance_role_arn,
            network=network,
        )
        fleet = _add_fleet(app, deployment, configuration, identity, storage, network)
        # What stacks know of each other by name only, the CDK cannot see: the buckets, and the parameters that an
        # instance reads when it boots.
        image.add_stack_dependency(storage)
        functions.add_stack_dependency(identity)
        functions.add_stack_dependency(storage)
        fleet.add_stack_dependency(image)
        fleet.add_stack_dependency(functions)
        return cls(configuration, deployment, network, fleet)

    def add_records(self, app: App, dns: DnsStack) -> None:
        """Add the names of this region's load balancer to the zone."""
        records = RecordsStack(
            app,
            deployment=self.deployment,
            records=self.configuration.records,
            dns=self.configuration.dns,
            listener_ports=self.configuration.fleet.tcp_ports,
            runbooks=self.configuration.observability.runbook_url,
        )
        # It reads where the load balancer is from parameters, and finds the zone by a parameter or by its name.
        records.add_stack_dependency(self.fleet)
        records.add_stack_dependency(dns)

    def add_observability(self, app: App, *, budget_usd: int | None = None) -> None:
        """Add what watches this region.

        :param budget_usd: what all regions together may cost in a month; none where another one holds the budget.
        """
        observability = ObservabilityStack(
            app,
            deployment=self.deployment,
            observability=self.configuration.observability,
            fleet=self.configuration.fleet,
            flow_logs=self.configuration.network.logs_flows,
            image_builds=self.configuration.image.ami_id is None,
            budget_usd=budget_usd,
        )
        observability.add_stack_dependency(self.fleet)


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
        network=network,
        instance_profile=identity.instance_profile,
        access_logs_bucket=storage.artifacts,
        runbooks=configuration.observability.runbook_url,
    )
