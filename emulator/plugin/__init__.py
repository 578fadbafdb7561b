"""What the emulator lacks, or does otherwise than AWS, added inside its process; one module per area of AWS.

Nothing here changes the emulator's files: each module puts handlers into its tables, or a corrected function in place
of its own. Every name of the emulator's that we rely on is borrowed through :mod:`emulator.plugin.borrowed`, so that a
new version of it which lacks one is refused at start, by that name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from emulator.background import Work
from emulator.control import Control
from emulator.functions.environment import Machine
from emulator.paths import StatePaths

AREAS = {
    "what the others stand on": (
        "records", "network", "endpoints", "identity", "web_identity", "secrets", "parameters", "storage",
        "encryption", "observability",
    ),
    "Elastic Load Balancing": ("network_balancers", "network_listeners", "target_groups", "targets"),
    "EC2 Image Builder": ("ami_calls", "image_builder", "image_builds", "image_builder_api",
        "image_schedules"),
    "CloudFormation's stacks": (
        "permissions", "exports", "stack_outputs", "template_parameters", "stacks", "stack_states", "replacement",
    ),
    "Route 53": ("record_sets", "zones", "health_checks", "dns"),
    "API Gateway and DynamoDB": ("http_api", "tables"),
    "ElastiCache": ("caches",),
    "services that only answer questions": ("services", "comprehend", "pricing", "quotas", "costs"),
    "CloudWatch": ("metrics", "metrics_api", "alarms", "logs", "function_metrics"),
    "Lambda": ("functions", "execution"),
    "EC2 and Auto Scaling": (
        "instances", "launch_templates", "scaling", "group_members", "lifecycle_hooks", "refreshes", "warm_pools",
        "scaling_policies", "stack_updates", "instance_resources", "dependencies",
    ),
    "what CloudFormation refuses and checks": (
        "conditions", "service_errors", "taken_names", "deployer", "templates", "validation", "custom_resources",
        "nested_stacks", "protection", "stack_policies", "dropped", "tags", "drift",
    ),
}  # fmt: skip
"""The modules that are installed, by area of AWS and in this order: the later ones wrap what the earlier ones made."""


def install(machine: Machine, consoles: Path) -> Any:
    """Add everything to the emulator in this process.

    :param machine: what functions have in common; among it the address at which the emulator will serve.
    :param consoles: folder with the root folders of local instances.
    :returns: the emulator's ASGI application.
    :raises emulator.plugin.borrowed.MissingNamesError: if this emulator lacks a name that we rely on.
    """
    # Imported here and not above: the emulator reads its settings from the environment when it is imported.
    from emulator.plugin import borrowed, gateway, permissions

    names = [name for area in AREAS.values() for name in area]
    modules = {name: importlib.import_module(f"emulator.plugin.{name}") for name in names}
    borrowed.require_all()
    settings = {
        "functions": machine.endpoint_url, "execution": machine, "instances": consoles, "drift": machine.endpoint_url,
        "caches": machine,
    }  # fmt: skip
    for name, module in modules.items():
        module.install(*([settings[name]] if name in settings else []))
    permissions.guard()
    application = gateway.install()
    # Once more: now it is known, too, whether the functions that were replaced are called as ours can be.
    borrowed.require_all()
    return application


def background(paths: StatePaths, changed: Callable[[], None]) -> list[Work]:
    """Return the work that goes on beside the requests, for ever; to be called when the saved state is loaded.

    :param changed: to be called when that work has changed what has to be saved.
    """
    from emulator.plugin import (
        alarms,
        balancer_metrics,
        balancing,
        bounds,
        caches,
        dns,
        execution,
        health_checks,
        image_builds,
        image_schedules,
        instance_metrics,
        logs,
        metrics,
        moments,
        tables,
    )

    alarms.on_change(changed)
    return [
        partial(balancing.run, changed),
        balancer_metrics.run,
        partial(dns.serve, paths.resolver_port),
        partial(health_checks.run, dns.addresses_of, moments.now),
        logs.keep_short,
        partial(image_builds.run, changed),
        partial(image_schedules.run, changed),
        partial(instance_metrics.keep_measuring, paths.instances),
        tables.expire,
        metrics.keep_small,
        alarms.keep_watching,
        bounds.keep,
        execution.end_surplus,
        caches.resume,
    ]


def offer(control: Control) -> None:
    """Add the commands that AWS does not have to the control API."""
    from emulator.plugin import (
        ami_calls,
        balancing_overview,
        image_builds,
        image_lifecycle,
        interruptions,
        inventory,
        moments,
        parameters,
        stack_states,
        web_identity,
    )

    control.add("interrupt-spot", interruptions.interrupt)
    control.add("load-balancers", balancing_overview.overview)
    control.add("health-checks", balancing_overview.hurry)
    control.add("publish-keys", web_identity.publish)
    control.add("types", inventory.describe)
    control.add("stacks", stack_states.summary)
    control.add("image-builds", image_builds.order)
    control.add("keep-snapshots", ami_calls.keep_snapshots)
    control.add("base-image", parameters.publish)
    control.add("image-lifecycle", lambda _arguments: {"deleted": image_lifecycle.run_all(moments.now())})
