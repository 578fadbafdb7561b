"""Put the parts together: what the configuration says, the engine's ports, and the adapters of AWS that fill them.

The only place that knows all three. It calls nobody yet; the first call is made by who uses what it returns.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from config.models import Configuration
from config.naming import Names
from contract.components import Stack
from slipway.adapters import aws
from slipway.adapters.bills import Bills
from slipway.adapters.build_logs import BuildLogs
from slipway.adapters.image_builder import ImageBuilder
from slipway.adapters.machines import Machines
from slipway.adapters.parameters import Parameters
from slipway.adapters.stacks import Stacks
from slipway.domain.images import Deployment
from slipway.engine.images.events import Event
from slipway.engine.images.ports import Clock, Site

RECIPE = "proxy"
"""What the recipe of the image, and so each image, is called after the deployment's own name."""

CLOCK = Clock(seconds=time.monotonic, sleep=time.sleep)


def image_site(configuration: Configuration, say: Callable[[Event], None]) -> Site:
    """Return everything there is to work on a deployment's images, with the credentials that the environment gives.

    :param say: hears what happens.
    :raises RefusedError: if the profile that is set does not exist.
    """
    session = aws.session()
    home = configuration.region
    return Site(
        deployment=deployment_of(configuration),
        builder=ImageBuilder(session, home),
        machines=Machines(session),
        parameters=Parameters(session),
        logs=BuildLogs(session, home),
        bills=Bills(session, home),
        stacks=Stacks(session, home),
        clock=CLOCK,
        say=say,
    )


def deployment_of(configuration: Configuration) -> Deployment:
    """Return what a configuration says of a deployment's images."""
    home = configuration.region
    views = {region: configuration.in_region(region) for region in configuration.regions}
    names = {
        region: Names.of(view, account=configuration.account or "", is_home=region == home)
        for region, view in views.items()
    }
    return Deployment(
        project=configuration.project,
        environment=configuration.environment,
        account=configuration.account,
        regions=configuration.regions,
        architecture=configuration.image.architecture.value,
        image_name=names[home].resource(RECIPE),
        image_stack=names[home].stack(Stack.IMAGE),
        fleet_stacks={region: name.stack(Stack.FLEET) for region, name in names.items()},
        given_amis={region: view.image.ami_id for region, view in views.items() if view.image.ami_id is not None},
        test_minutes=configuration.image.build_timeout_minutes,
    )
