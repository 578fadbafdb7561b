"""The proxy platform as a whole: builds the stacks of each region and hands each what it needs of the others."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import App
from aws_cdk import aws_ec2 as ec2

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
    """Add the platform's stacks to an application: those of each region, and the image and the hosted zone once.

    In a region, three stacks need nothing (identity, storage, network); image, functions and dns need those; the fleet
    needs these; records and observability need the fleet. So a deployment is four stacks deep, however many regions it
    has: beyond the first, regions wait for nothing of each other but the image and the zone.

    :param root: the folder that sources are taken from.
    """
    home_region, *others = configuration.regions
    budget = {budget_region(configuration): monthly_budget(configuration, read_catalogue())}
    home = Region.build(app, configuration, home_region, root=root)
    dns = DnsStack(app, deployment=home.deployment, dns=configuration.dns, network=home.network)
    home.add_records(app, dns)
    home.add_observability(app, budget_usd=budget.get(home_region))
    for name in others:
        region = Region.build(app, configuration, name, image=home.image, root=root)
        region.add_records(app, dns)
        region.add_observability(app, budget_usd=budget.get(name))


@dataclass(frozen=True)
class Region:
    """The stacks of one region that others have to know.

    :param configuration: the view of this region.
    :param image: the stack that builds the image of all regions.
    """

    configuration: Configuration
    deployment: Deployment
    network: NetworkStack
    image: ImageStack
    fleet: FleetStack

    @classmethod
    def build(
        cls, app: App, whole: Configuration, name: str, *, image: ImageStack | None = None, root: Path
    ) -> "Region":
        """Add all stacks of a region but those that look at the fleet from outside.

        :param whole: the configuration of all regions.
        :param name: the region.
        :param image: the image stack of the home region; none for that region itself.
        """
        configuration, is_home = whole.in_region(name), image is None
        deployment = Deployment.of(configuration, is_home=is_home, root=root)
        identity = IdentityStack(
            app,
            deployment=deployment,
            identity=configuration.identity,
            proxy=configuration.proxy,
            storage=configuration.storage,
            functions=configuration.functions,
            cache=configuration.cache,
            regions=whole.regions if is_home else (),
        )
        storage = StorageStack(app, deployment=deployment, storage=configuration.storage)
        network = NetworkStack(
            app,
            deployment=deployment,
            network=configuration.network,
            fleet=configuration.fleet,
            proxy=configuration.proxy,
        )
        if image is None:
            image = ImageStack(
                app,
                deployment=deployment,
                image=configuration.image,
                regions=[each for each in whole.regions if whole.in_region(each).image.ami_id is None],
                network=network,
            )
            image.add_stack_dependency(storage)
        functions = FunctionsStack(
            app,
            deployment=deployment,
            functions=configuration.functions,
            cache=configuration.cache,
            cache_stays_days=configuration.storage.pages_expire_after_days,
            proxy=configuration.proxy,
            roles=identity.function_roles,
            role_arns=identity.function_role_arns,
            caller_arn=identity.instance_role_arn,
            network=network,
            dashboard_users=identity.dashboard_users,
        )
        fleet = _add_fleet(app, deployment, configuration, identity, storage, network, image)
        # What stacks know of each other by name only, the CDK cannot see: the buckets, and the parameters that an
        # instance reads when it boots.
        functions.add_stack_dependency(identity)
        functions.add_stack_dependency(storage)
        fleet.add_stack_dependency(image)
        fleet.add_stack_dependency(functions)
        return cls(configuration, deployment, network, image, fleet)

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
            image_builds=self.deployment.names.is_home and self.image.parameter_name is not None,
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
    image: ImageStack,
) -> FleetStack:
    return FleetStack(
        app,
        deployment=deployment,
        fleet=configuration.fleet,
        proxy=configuration.proxy,
        image=_image_of(configuration, image),
        network=network,
        instance_profile=identity.instance_profile,
        access_logs_bucket=storage.artifacts,
        runbooks=configuration.observability.runbook_url,
    )


def _image_of(configuration: Configuration, built: ImageStack) -> ec2.IMachineImage:
    """Return what the instances of a region start from: its own image, or the newest that was built.

    :raises ValueError: if there is neither.
    """
    own = configuration.image.ami_id
    if own is not None:
        return ec2.MachineImage.generic_linux({configuration.region: own})
    if built.parameter_name is None:
        raise ValueError(f"no image is built for {configuration.region}, and it names none of its own")
    return ec2.MachineImage.from_ssm_parameter(built.parameter_name, os=ec2.OperatingSystemType.LINUX)
